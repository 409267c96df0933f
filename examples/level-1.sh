#!/bin/sh
# Walks one ticket of level 1 from registration to close, with curl alone.
#
#   . <data directory>/env.sh     (casepath up prints which)
#   sh examples/level-1.sh
#
# CASEPATH_URL and CASEPATH_DEMO_PASSWORD come from env.sh; VENDOR may name
# another demo vendor.
set -eu
url=${CASEPATH_URL:?run ". <data directory>/env.sh" first}
password=${CASEPATH_DEMO_PASSWORD:?run ". <data directory>/env.sh" first}
vendor=${VENDOR:-interfacing}
started=$(date +%s)-$$

# field NAME: the first text of that name in the JSON on standard input.
field() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }

# ask TOKEN METHOD PATH [BODY]: one request into $answer; an error is shown and
# ends the walk. The key makes it safe to repeat.
ask() {
    answer=$(curl --silent --show-error --fail-with-body --request "$2" "$url$3" \
        --header "Authorization: Bearer $1" --header 'Content-Type: application/json' \
        --header "Idempotency-Key: walk-$started-$3" ${4:+--data "$4"}) || { echo "$2 $3: $answer" >&2; exit 1; }
}
told() { printf '%s' "$answer" | field "$1"; }

sign_in() {
    ask none POST /v1/sessions "{\"vendor\":\"$vendor\",\"email\":\"$1@$vendor.example\",\"password\":\"$password\"}"
}

sign_in jeanne; jeanne=$(told token)
sign_in agent; agent=$(told token)

ask "$jeanne" GET /v1/vendor
first() { printf '%s' "$answer" | grep -o "\"$1\":\[{\"code\":\"[^\"]*\"" | cut -d '"' -f 6; }
type=$(first types) severity=$(first severities) reason=$(first reasons)

ask "$jeanne" POST /v1/tickets \
    "{\"type\":\"$type\",\"severity\":\"$severity\",\"title\":\"Export stops at 10,000 rows\",\"body\":\"The export ends without a word.\"}"
number=$(told number)
echo "registered  $number; its receipt is in the inbox"

step() { # NAME TOKEN PATH BODY
    ask "$2" POST "/v1/tickets/$number/$3" "$4"
    printf '%-11s %s\n' "$1" "$(told state)"
}
step triage "$agent" triage "{\"reason\":\"$reason\",\"level\":1,\"severity\":\"$severity\",\"path\":\"answer\"}"
step question "$agent" ask-information '{"text":"Which version do you run?"}'
step reply "$jeanne" give-information '{"text":"8.3"}'
step answer "$agent" answer '{"text":"The limit is a setting, under Export."}'
if [ "$(told state)" = answered ]; then
    step close "$agent" close ''
fi

echo "the customer reads:"
ask "$jeanne" GET "/v1/tickets/$number/comments"
printf '%s' "$answer" | grep -o '"text":"[^"]*"' | cut -d '"' -f 4 | sed 's/^/  /'
