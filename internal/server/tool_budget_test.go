package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"hardpan/internal/audit"
)

const orderAnswer = `{\"path\":\"/orders/1\"}`

// order calls a tool of the shop, and returns the answer's body.
func (s *shop) order(t *testing.T) string {
	t.Helper()
	_, body := s.raw(t, s.token("clerk", nil), callTool("orders___getOrder", `{"id":"1"}`))
	return body
}

// A budget of a tool counts its calls and no others; what is above the limit is
// refused, recorded and explained. Restarts lose no count.
func TestToolBudget(t *testing.T) {
	s := openShop(t)
	s.budget("orders", "tool:orders___getOrder", "3requests", "day")
	s.budget("all", "account", "1requests", "day")
	s.raw(t, s.token("clerk", nil), callTool("orders___getOrder", `{}`)) // arguments that it does not take count nowhere
	for i := range 3 {
		if body := s.order(t); !strings.Contains(body, orderAnswer) {
			t.Fatalf("call %d: %s", i+1, body)
		}
	}
	answer, body := s.raw(t, s.token("clerk", nil), callTool("orders___getOrder", `{"id":"1"}`))
	events := s.events()
	id := answer.Header.Get("X-Hardpan-Decision-Id")
	if answer.StatusCode != http.StatusOK || !strings.Contains(body, `"isError":true`) || !strings.Contains(body, `ServiceQuotaExceededException - The budget \"orders\"`) ||
		id == "" || !strings.Contains(body, `"hardpan/decisionId":"`+id+`"`) {
		t.Errorf("above the limit: %d, decision %q, %s", answer.StatusCode, id, body)
	}
	if why := s.why(s.root, id); why.Explanation.Cause != "budget-spent" || !strings.Contains(why.raw, `"by":"budget"`) || len(why.Explanation.Remedies) != 2 {
		t.Errorf("the refusal is not explained: %s", why.raw)
	}
	last := events[len(events)-1]
	if last.Outcome != audit.Refused || last.Verdict != audit.Allow || last.Code != "ServiceQuotaExceededException" || last.Tool == nil || len(last.Budgets) > 0 {
		t.Errorf("the refusal is recorded as %+v", last)
	}
	if charged := events[len(events)-2]; len(charged.Budgets) != 1 || charged.Cost != 0 || charged.UsedModel != "" || charged.Outcome != audit.OK {
		t.Errorf("a call is recorded as %+v", charged)
	}
	if _, body := s.raw(t, s.token("clerk", nil), callTool("orders___refund", `{"amount":1}`)); !strings.Contains(body, `/refunds`) {
		t.Errorf("another tool: %s", body)
	}
	if _, err := s.converse(s.root, haiku); err != nil {
		t.Errorf("a budget of the account counts calls of tools: %v", err)
	}
	if got := s.standing("orders"); got.Settled != "3requests" || got.Reserved != "0requests" {
		t.Errorf("stands at %+v", got)
	}
}

// What tools have used is known after a restart, from the journal and from what
// was summed of it.
func TestToolBudgetAfterARestart(t *testing.T) {
	s := openShop(t)
	s.budget("each", "gateway:*", "2requests", "day")
	if body := s.order(t); !strings.Contains(body, orderAnswer) {
		t.Fatal(body)
	}
	for range 2 {
		s.restart(t)
		if got := s.standing("each"); got.Settled != "1requests" || got.Reserved != "0requests" {
			t.Errorf("after a restart: %+v", got)
		}
	}
	if body := s.order(t); !strings.Contains(body, orderAnswer) {
		t.Errorf("the second call: %s", body)
	}
	if body := s.order(t); !strings.Contains(body, "ServiceQuotaExceededException") {
		t.Errorf("the third call: %s", body)
	}
	for _, e := range s.events() {
		if e.Recovered {
			t.Errorf("a call that ended was taken for cut off: %+v", e)
		}
	}
	if r := s.usage(s.root, "groupBy=model"); len(r.Rows) > 0 {
		t.Errorf("calls of tools are use of models: %+v", r)
	}
}

// restart stops the server and starts it with what it has stored.
func (s *shop) restart(t *testing.T) {
	t.Helper()
	must(t, s.stop())
	root, before := s.root, s.url
	s.world = open(t, s.opt)
	s.root = root
	s.serve()
	*s.gateway.GatewayUrl = strings.Replace(*s.gateway.GatewayUrl, before, s.url, 1)
}

// A limit of a minute is a rate: the next minute there is room again.
func TestToolRateLimit(t *testing.T) {
	s := openShop(t)
	s.budget("pace", "tool:*", "1requests", "minute")
	s.order(t)
	if body := s.order(t); !strings.Contains(body, `ThrottlingException - The budget \"pace\"`) {
		t.Errorf("the second in a minute: %s", body)
	}
	s.clock.Advance(time.Minute)
	if body := s.order(t); !strings.Contains(body, orderAnswer) {
		t.Errorf("a minute later: %s", body)
	}
}

// A budget of tools that could count nothing, or that counts what tools have not,
// is not made.
func TestToolBudgetsThatMakeNoSense(t *testing.T) {
	s := openShop(t)
	for body, want := range map[string]string{
		`{"scope":"tool:orders___getOrder","limit":"1.00USD","period":"day"}`: "is in requests",
		`{"scope":"gateway:*","limit":"100tokens","period":"day"}`:            "is in requests",
		`{"scope":"tool:orders___nope","limit":"1requests","period":"day"}`:   "has a tool",
		`{"scope":"gateway:nope","limit":"1requests","period":"day"}`:         "no gateway",
	} {
		s.putBudget(s.root, "odd", body).is(t, http.StatusBadRequest, want)
	}
	s.putBudget(s.root, "even", `{"scope":"gateway:`+*s.gateway.GatewayId+`","limit":"1requests","period":"day"}`).is(t, http.StatusOK)
}

// What the gateway's role was not allowed to ask counts nowhere.
func TestToolThatIsNeverAsked(t *testing.T) {
	s := openShop(t)
	s = s.at(debugGateway(t, s))
	s.budget("function", "tool:function___run", "1requests", "day")
	for range 2 {
		if _, body := s.raw(t, s.token("clerk", nil), callTool("function___run", `{}`)); !strings.Contains(body, "Access denied while invoking Lambda function") {
			t.Error(body)
		}
	}
	if got := s.standing("function"); got.Settled != "0requests" || got.Reserved != "0requests" {
		t.Errorf("stands at %+v", got)
	}
}
