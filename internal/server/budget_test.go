package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"hardpan/internal/server"
	"hardpan/internal/token"
	"hardpan/internal/webhook"
)

// budget is what these tests read of a budget's description.
type budget struct {
	Name, ID, Arn, Scope, Limit, Period, Action, Notify, CreatedBy string
	Clamp                                                          bool
	Thresholds                                                     []int
	Values                                                         *int
	Standings                                                      []struct {
		Value, Settled, Reserved string
		Percent                  int
		Resets                   time.Time
	}
}

// own sends a call to Hardpan's own API.
func (w *world) own(k key, method, path, body string) answer {
	w.t.Helper()
	return w.send(request{Method: method, Path: path, Body: body, Key: k, Service: "hardpan", Header: http.Header{"Content-Type": {"application/json"}}})
}

func (w *world) putBudget(k key, name, body string) answer {
	w.t.Helper()
	return w.own(k, http.MethodPut, "/budgets/"+url.PathEscape(name), body)
}

func (a answer) budget(t *testing.T) budget {
	t.Helper()
	var out struct{ Budget budget }
	if err := json.Unmarshal([]byte(a.Body), &out); a.Status != http.StatusOK || err != nil {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	return out.Budget
}

const foosBudget = `{"scope":"principal:arn:aws:iam::123456789012:user/foo","limit":"2requests","period":"day"}`

func TestBudgetsAreMadeChangedAndDeleted(t *testing.T) {
	w := start(t)
	w.user("foo", "")
	made := w.putBudget(w.root, "foo", foosBudget).budget(t)
	if made.ID == "" || made.Arn != "arn:aws:hardpan::123456789012:budget/foo" || made.Action != "block" || made.Limit != "2requests" ||
		len(made.Thresholds) != 2 || made.CreatedBy != "arn:aws:iam::123456789012:root" {
		t.Errorf("%+v", made)
	}
	again := w.putBudget(w.root, "foo", foosBudget).budget(t)
	changed := w.putBudget(w.root, "FOO", strings.Replace(foosBudget, "2requests", "5.00USD", 1)).budget(t)
	if again.ID != made.ID || changed.ID != made.ID || changed.Name != "foo" || changed.Limit != "5.00USD" {
		t.Errorf("%+v, %+v", again, changed)
	}
	w.putBudget(w.root, "foo", strings.Replace(foosBudget, "day", "week", 1)).is(t, http.StatusConflict, "ConflictException", "Delete it and make another")
	if got := w.own(w.root, http.MethodGet, "/budgets/foo", "").budget(t); got.Limit != "5.00USD" || got.Standings[0].Settled != "0.00USD" || got.Standings[0].Resets.IsZero() {
		t.Errorf("%+v", got)
	}
	w.own(w.root, http.MethodDelete, "/budgets/foo", "").is(t, http.StatusOK)
	w.own(w.root, http.MethodDelete, "/budgets/foo", "").is(t, http.StatusNotFound, "There is no budget foo")
	w.own(w.root, http.MethodGet, "/budgets/foo", "").is(t, http.StatusNotFound, "There is no budget foo")
}

func TestBudgetMistakes(t *testing.T) {
	w := start(t)
	for body, says := range map[string]string{
		`{"scope":"team","limit":"1USD","period":"day"}`:                                                               "write account, principal:ARN",
		`{"scope":"account","limit":"1EUR","period":"day"}`:                                                            "25.00USD",
		`{"scope":"account","limit":"0USD","period":"day"}`:                                                            "above zero",
		`{"scope":"account","limit":"1USD","period":"year"}`:                                                           "rolling:24h",
		`{"scope":"account","limit":"1USD"}`:                                                                           "period",
		`{"scope":"account","limit":"1USD","period":"day","action":"warn"}`:                                            "block or notify",
		`{"scope":"account","limit":"1USD","period":"day","thresholds":[0]}`:                                           "1 to 1000 percent",
		`{"scope":"account","limit":"1USD","period":"day","thresholds":[1,2,3,4,5,6,7,8,9,10,11]}`:                     "up to 10",
		`{"scope":"account","limit":"1requests","period":"day","clamp":true}`:                                          "Leave clamp out",
		`{"scope":"account","limit":"1USD","period":"day","clamp":true,"action":"notify"}`:                             "only notifies",
		`{"scope":"account","limit":"1USD","period":"day","notify":"ops"}`:                                             "There is no webhook ops",
		`{"scope":"principal:arn:aws:iam::123456789012:user/none","limit":"1USD","period":"day"}`:                      "no user or role",
		`{"scope":"principal:arn:aws:iam::999999999999:user/foo","limit":"1USD","period":"day"}`:                       "no user or role",
		`{"scope":"model:us.amazon.nova-lite-v1:0","limit":"1USD","period":"day"}`:                                     "not of a profile",
		`{"scope":"key:AKIANONE","limit":"1USD","period":"day"}`:                                                       "no access key",
		`{"scope":"session:arn:aws:iam::123456789012:role/x","limit":"1USD","period":"day"}`:                           "no ARN of a session",
		`{"scope":"profile:arn:aws:bedrock:us-west-2:123456789012:inference-profile/x","limit":"1USD","period":"day"}`: "no inference profile",
		`{"scope":"tag:` + strings.Repeat("k", 129) + `=v","limit":"1USD","period":"day"}`:                             "128",
		`{"scope":1}`: "",
	} {
		a := w.putBudget(w.root, "x", body)
		a.is(t, http.StatusBadRequest, says)
	}
	w.putBudget(w.root, "a b", foosBudget).is(t, http.StatusBadRequest, "cannot be the name")
}

// A call is counted at once; what is over the limit is refused before it is
// forwarded, and so told to who may know.
func TestABudgetIsSpent(t *testing.T) {
	w := start(t)
	foo, bar := w.user("foo", allow("bedrock:*", "*")), w.user("bar", allow("bedrock:*", "*"))
	w.putBudget(w.root, "foo", foosBudget).is(t, http.StatusOK)
	w.putBudget(w.root, "each", `{"scope":"principal:*","limit":"3requests","period":"day"}`).is(t, http.StatusOK)
	for range 2 {
		if _, err := w.converse(foo, haiku); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.converse(foo, haiku)
	refused(t, err, "ServiceQuotaExceededException", "foo")
	if _, err := w.converse(bar, haiku); err != nil {
		t.Error(err)
	}
	if got := w.own(foo, http.MethodGet, "/budgets/foo", "").budget(t); got.Standings[0].Settled != "2requests" || got.Standings[0].Percent != 100 {
		t.Errorf("%+v", got)
	}
	each := w.own(w.root, http.MethodGet, "/budgets/each", "").budget(t)
	if *each.Values != 2 || each.Standings[0].Value != "arn:aws:iam::123456789012:user/foo" || each.Standings[0].Settled != "2requests" || each.Standings[1].Settled != "1requests" {
		t.Errorf("%+v", each)
	}
	// A higher limit holds from the next call on.
	w.putBudget(w.root, "foo", strings.Replace(foosBudget, "2requests", "3requests", 1)).is(t, http.StatusOK)
	if _, err := w.converse(foo, haiku); err != nil {
		t.Error(err)
	}
}

// Without a permission people see the budgets they fall under, and of a limit
// for each no more than their own; the rest is not there for them.
func TestWhoMayReadABudget(t *testing.T) {
	w := start(t)
	foo, bar := w.user("foo", allow("bedrock:*", "*")), w.user("bar", allow("bedrock:*", "*"))
	auditor := w.user("auditor", allow("hardpan:*Budget*", "*"))
	w.putBudget(w.root, "foo", foosBudget).is(t, http.StatusOK)
	w.own(bar, http.MethodGet, "/budgets", "").is(t, http.StatusForbidden, "hardpan:ListBudgets")
	w.putBudget(w.root, "each", `{"scope":"principal:*","limit":"3requests","period":"day"}`).is(t, http.StatusOK)
	for _, k := range []key{foo, bar} {
		if _, err := w.converse(k, haiku); err != nil {
			t.Fatal(err)
		}
	}
	w.own(bar, http.MethodGet, "/budgets/foo", "").is(t, http.StatusForbidden, "hardpan:GetBudget on resource: arn:aws:hardpan::123456789012:budget/foo")
	w.own(bar, http.MethodGet, "/budgets/none", "").is(t, http.StatusForbidden, "hardpan:GetBudget")
	if mine := w.own(bar, http.MethodGet, "/budgets/each", "").budget(t); len(mine.Standings) != 1 || *mine.Values != 1 || mine.Standings[0].Value != "arn:aws:iam::123456789012:user/bar" {
		t.Errorf("bar sees %+v", mine)
	}
	if all := w.own(auditor, http.MethodGet, "/budgets/each", "").budget(t); *all.Values != 2 {
		t.Errorf("an auditor sees %+v", all)
	}
	names := func(k key, query string) string {
		a := w.own(k, http.MethodGet, "/budgets"+query, "")
		var page struct {
			Budgets   []budget
			NextToken string
		}
		if err := json.Unmarshal([]byte(a.Body), &page); a.Status != http.StatusOK || err != nil {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		all := ""
		for _, b := range page.Budgets {
			all += b.Name + " "
		}
		return all + page.NextToken
	}
	for got, want := range map[string]string{
		names(foo, ""): "each foo ", names(bar, ""): "each ", names(auditor, ""): "each foo ",
		names(auditor, "?maxResults=1"): "each each", names(auditor, "?maxResults=1&nextToken=each"): "foo ",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	w.putBudget(bar, "foo", foosBudget).is(t, http.StatusForbidden, "hardpan:PutBudget")
	w.own(bar, http.MethodDelete, "/budgets/foo", "").is(t, http.StatusForbidden, "hardpan:DeleteBudget")
}

// A policy may say what budgets somebody makes.
func TestBudgetConditionKeys(t *testing.T) {
	w := start(t)
	lead := w.user("lead", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"hardpan:PutBudget","Resource":"*","Condition":{
		"StringLike":{"hardpan:BudgetScope":"tag:Team=red"},"StringEquals":{"hardpan:BudgetUnit":"USD","hardpan:BudgetPeriod":"month"},
		"NumericLessThanEquals":{"hardpan:BudgetLimit":"100.50"}}}]}`)
	const body = `{"scope":"tag:Team=red","limit":"100.50USD","period":"month"}`
	w.putBudget(lead, "red", body).is(t, http.StatusOK)
	w.putBudget(lead, "red", strings.Replace(body, "100.50", "100.51", 1)).is(t, http.StatusForbidden)
	w.putBudget(lead, "blue", strings.Replace(body, "red", "blue", 1)).is(t, http.StatusForbidden)
	w.putBudget(lead, "red", strings.Replace(body, "100.50USD", "1tokens", 1)).is(t, http.StatusForbidden)
	w.putBudget(lead, "red", strings.Replace(body, "100.50USD", "1", 1)).is(t, http.StatusForbidden)
}

// What is reached is told, also by a budget that never refuses.
func TestAWebhookIsTold(t *testing.T) {
	told := make(chan webhook.Event, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var e webhook.Event
		body, _ := io.ReadAll(r.Body)
		if json.Unmarshal(body, &e) == nil {
			told <- e
		}
	}))
	t.Cleanup(receiver.Close)
	w := start(t, func(o *server.Options) {
		o.Webhooks = map[string]webhook.Target{"ops": {URL: receiver.URL, Secret: token.NewSecret("s")}}
	})
	foo := w.user("foo", allow("bedrock:*", "*"))
	body := strings.Replace(foosBudget, "}", `,"action":"notify","notify":"ops","thresholds":[50,150]}`, 1)
	w.putBudget(w.root, "foo", body).is(t, http.StatusOK)
	for range 3 {
		if _, err := w.converse(foo, haiku); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{50, 150} {
		select {
		case e := <-told:
			if e.Threshold != want || e.Budget != "foo" || e.Action != "notify" || e.Refused {
				t.Errorf("%+v", e)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("nothing is told")
		}
	}
}
