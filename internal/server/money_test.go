package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	runtimetypes "github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"hardpan/internal/audit"
	"hardpan/internal/model"
	"hardpan/internal/model/builtin"
	"hardpan/internal/server"
)

// budget makes or changes a budget.
func (w *world) budget(name, scope, limit, period string, more ...string) {
	w.t.Helper()
	body := fmt.Sprintf(`{"scope":%q,"limit":%q,"period":%q%s}`, scope, limit, period, strings.Join(more, ""))
	w.send(request{Method: http.MethodPut, Path: "/budgets/" + name, Body: body, Key: w.root, Service: "hardpan"}).is(w.t, http.StatusOK)
}

// standing is where the first instance of a budget stands, in the texts of the API.
type standing struct {
	Settled, Reserved string
	Closed            bool
}

func (w *world) standing(name string) standing {
	w.t.Helper()
	a := w.send(request{Method: http.MethodGet, Path: "/budgets/" + name, Key: w.root, Service: "hardpan"})
	a.is(w.t, http.StatusOK)
	var got struct {
		Budget struct{ Standings []standing }
	}
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil || len(got.Budget.Standings) == 0 {
		w.t.Fatalf("%v: %s", err, a.Body)
	}
	return got.Budget.Standings[0]
}

// patient is a client with the SDK's own retries.
func (w *world) patient(k key) *bedrockruntime.Client {
	config := w.config(k, region)
	config.Retryer = func() aws.Retryer { return retry.NewStandard() }
	return bedrockruntime.NewFromConfig(config)
}

// A budget refuses before the call is forwarded; the SDK does not try again;
// the refusal is explained as a denial is, also to whom it concerns.
func TestBudgetThatIsSpent(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	w.budget("research", "principal:arn:aws:iam::123456789012:user/foo", "2requests", "day")
	for range 2 {
		if _, err := w.converse(foo, haiku); err != nil {
			t.Fatal(err)
		}
	}
	before := len(w.events())
	_, err := converse(t.Context(), w.patient(foo), haiku)
	refused(t, err, "ServiceQuotaExceededException", `The budget "research" (principal:arn:aws:iam::123456789012:user/foo) has no room for this call: its limit is 2requests for a day; 2requests settled`)
	events := w.events()
	if n := len(events) - before; n != 1 {
		t.Errorf("the SDK called %d times", n)
	}
	e := events[len(events)-1]
	if e.Outcome != audit.Refused || e.Verdict != audit.Allow || e.Status != 400 || e.UsedModel != "" || len(e.Budgets) != 0 {
		t.Errorf("the event says %+v", e)
	}
	why := w.why(foo, decisionID(t, err))
	if why.Explanation.Cause != "budget-spent" || !strings.Contains(why.Explanation.Summary, "2requests settled + 0requests reserved + 1requests for this call is more than 2requests") || len(why.Explanation.Remedies) == 0 {
		t.Errorf("why: %s", why.raw)
	}
	if _, err := w.converse(w.root, haiku); err != nil {
		t.Errorf("whom the budget does not cover: %v", err)
	}
	w.budget("research", "principal:arn:aws:iam::123456789012:user/foo", "3requests", "day")
	if _, err := w.converse(foo, haiku); err != nil {
		t.Errorf("after the limit was raised: %v", err)
	}
}

// A rate limit is waited for: the SDK does what the answer says.
func TestRateLimitIsWaitedFor(t *testing.T) {
	t.Setenv("AWS_NEW_RETRIES_2026", "true")
	w := start(t)
	w.budget("rate", "account", "1requests", "minute")
	now := w.clock.Now()
	w.clock.Advance(now.Truncate(time.Minute).Add(time.Minute - 700*time.Millisecond).Sub(now)) // near the end of a minute
	if _, err := w.converse(w.root, haiku); err != nil {
		t.Fatal(err)
	}
	_, err := w.converse(w.root, haiku)
	refused(t, err, "ThrottlingException", `The budget "rate"`)
	if why := w.why(w.root, decisionID(t, err)); why.Explanation.Cause != "rate-limit" {
		t.Errorf("why: %s", why.raw)
	}
	before := len(w.events())
	if _, err := converse(t.Context(), w.patient(w.root), haiku); err != nil {
		t.Fatal(err)
	}
	if n := len(w.events()) - before; n != 2 {
		t.Errorf("%d calls, want one that is throttled and one that waited until there was room", n)
	}
}

// Both the person's tag and the profile's are charged, and who leaves his own
// department by a profile of another is still counted in it.
func TestBudgetsOnTags(t *testing.T) {
	w := start(t)
	profile := w.profile(w.root, "app", "arn:aws:bedrock:us-west-2::foundation-model/"+haiku3, types.Tag{Key: aws.String("Department"), Value: aws.String("research")})
	w.budget("departments", "tag:Department=*", "1requests", "month")
	if _, err := w.converse(w.root, profile); err != nil {
		t.Fatal(err)
	}
	_, err := w.converse(w.root, profile)
	refused(t, err, "ServiceQuotaExceededException", "tag:Department=research")
	if _, err := w.converse(w.root, haiku3); err != nil {
		t.Errorf("without the tag: %v", err)
	}
	e := w.lastCall()
	if e.Price == "" || !e.Priced || e.Cost == 0 || e.ProfileKind != "regional" {
		t.Errorf("%+v", e)
	}
}

// An agent that asks for more than is left gets what is left, and is told.
func TestClampedAnswer(t *testing.T) {
	w := start(t)
	w.budget("small", "account", "300tokens", "day", `,"clamp":true`)
	out, err := w.runtime(w.root).Converse(t.Context(), &bedrockruntime.ConverseInput{
		ModelId: aws.String(haiku), Messages: hello(), InferenceConfig: &runtimetypes.InferenceConfiguration{MaxTokens: aws.Int32(128_000)},
	})
	if err != nil {
		t.Fatal(err)
	}
	e := w.lastCall()
	if e.Overrun || e.Tokens.Total() == 0 || e.Tokens.Total() > 300 || int64(*out.Usage.OutputTokens) != e.Tokens.Output {
		t.Errorf("%+v", e)
	}
	body := `{"anthropic_version":"bedrock-2023-05-31","max_tokens":128000,"messages":[{"role":"user","content":"hello"}]}`
	a := w.send(request{Path: strings.Replace(haikuPath, "/converse", "/invoke", 1), Body: body, Key: w.root})
	a.is(t, http.StatusOK)
	left := 300 - e.Tokens.Total() - int64(len(body))
	if got := a.Header.Get("X-Hardpan-Max-Tokens-Clamped"); got != fmt.Sprint(left) {
		t.Errorf("clamped to %q, want %d", got, left)
	}
	// What does not fit even so is refused with what it needs at least.
	w.budget("tiny", "account", "20tokens", "day", `,"clamp":true`)
	a = w.send(request{Path: strings.Replace(haikuPath, "/converse", "/invoke", 1), Body: body, Key: w.root})
	a.is(t, http.StatusBadRequest, fmt.Sprintf("needs %dtokens even if it is answered with a single token", len(body)+1))
	w.decision(w.root, "/decisions/"+a.Header.Get("X-Hardpan-Decision-Id")).is(t, http.StatusOK,
		fmt.Sprintf("its maxTokens lowered to 1: %dtokens", len(body)+1), "with less input")
}

// A model without a price is not free.
func TestModelWithoutPrice(t *testing.T) {
	w := start(t)
	w.budget("money", "account", "10.00USD", "day")
	const unknown = "deepseek.r1-v1:0"
	a := w.send(request{Path: "/model/us." + unknown + "/converse", Body: helloBody, Key: w.root})
	a.is(t, http.StatusBadRequest, unknown+" has no price", "hardpan.yaml")
}

// Two hundred real clients on a budget that fits 37 calls, some of them cut off
// in the middle of their stream: never more get an answer.
func TestClientsOnOneBudget(t *testing.T) {
	script, err := builtin.ParseScript([]byte("turns: [{text: one two three four five six seven eight nine ten, pause: 1ms}]"))
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, func(o *server.Options) {
		o.Backends = model.Routes{Default: builtin.New(builtin.Options{Script: script})}
	})
	w.budget("crowd", "account", "37requests", "month")
	var mu sync.Mutex
	answered := 0
	var clients sync.WaitGroup
	for i := range 200 {
		clients.Go(func() {
			path := haikuPath
			switch i % 4 {
			case 0:
				path += "-stream"
			case 1:
				w.leave(path+"-stream", &mu, &answered)
				return
			}
			a, err := w.try(request{Path: path, Body: helloBody, Key: w.root})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				t.Error(err)
			case a.Status == http.StatusOK:
				answered++
			case a.Status != http.StatusBadRequest || a.Header.Get("X-Amzn-Errortype") != "ServiceQuotaExceededException":
				t.Errorf("%d %s", a.Status, a.Body)
			}
		})
	}
	clients.Wait()
	w.until(func() bool { return w.standing("crowd").Reserved == "0requests" }) // those who left are noticed
	if s := w.standing("crowd"); answered != 37 || s.Settled != "37requests" || s.Reserved != "0requests" {
		t.Errorf("%d answered, %+v", answered, s)
	}
}

// leave begins a stream and leaves in the middle of it.
func (w *world) leave(path string, mu *sync.Mutex, answered *int) {
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	resp := w.stream(ctx, w.root, path, helloBody)
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		mu.Lock()
		defer mu.Unlock()
		*answered++
	}
}

// What was spent is known after a restart, and before anything was summed.
func TestBudgetsAfterARestart(t *testing.T) {
	w := start(t)
	w.budget("money", "account", "10.00USD", "day")
	if _, err := w.converse(w.root, haiku); err != nil {
		t.Fatal(err)
	}
	before := w.standing("money")
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	root := w.root
	w = open(t, w.opt)
	w.root = root
	w.serve()
	if after := w.standing("money"); after != before || before.Settled == "0.00USD" {
		t.Errorf("stood at %+v, stands at %+v", before, after)
	}
}
