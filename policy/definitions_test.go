package policy_test

import (
	"testing"

	"github.com/casepath/casepath/policy"
)

func TestProposed(t *testing.T) {
	for _, c := range []struct{ pack, kind, reason, path string }{
		{"advendio", "bug", "bug", "answer"},
		{"advendio", "question", "question", "answer"},
		{"advendio", "customization", "customization", "customization"},
		{"advendio", "feature", "feature", "feature_request"},
		{"posimente", "feature", "feature", "feature_request"},
		{"advendio", "unheard of", "", ""},
	} {
		s := pack(t, c.pack).Settings(policy.Settings{})
		if reason, path := s.Proposed(c.kind); reason != c.reason || path != c.path {
			t.Errorf("%s proposes %q by %q for %q, want %q by %q", c.pack, reason, path, c.kind, c.reason, c.path)
		}
	}
	if reason, path := (policy.Settings{Reasons: []policy.Choice{{Code: "bug"}}}).Proposed("bug"); reason != "bug" || path != "" {
		t.Errorf("without a pack: %q by %q", reason, path)
	}
}

func TestCriteriaInTheirOrder(t *testing.T) {
	list := pack(t, "advendio").Settings(policy.Settings{}).SeverityOf("1").Listed()
	if len(list) != 3 || list[0].About != "functions" || list[1].About != "data" || list[2].About != "back_end" {
		t.Errorf("%+v", list)
	}
}
