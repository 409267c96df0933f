package api

import "testing"

func TestContractIsValidAndEveryOperationIsInTheTable(t *testing.T) {
	spec, err := Spec()
	if err != nil {
		t.Fatal(err)
	}
	operations, err := operationsOf(spec)
	if err != nil {
		t.Fatal(err)
	}
	if len(operations) < 25 {
		t.Errorf("only %d operations found", len(operations))
	}
}
