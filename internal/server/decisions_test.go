package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/audit"
)

// explained is the part of GET /decisions/{id} that these tests read.
type explained struct {
	Decision struct {
		ID     string `json:"id"`
		Caller struct {
			ARN string `json:"arn"`
		} `json:"who"`
		Call struct {
			Operation  string `json:"op"`
			Region     string `json:"reg"`
			RegionFrom string `json:"rfrom"`
		} `json:"call"`
		Checks []struct {
			Action   string          `json:"a"`
			Resource string          `json:"r"`
			Allowed  bool            `json:"ok"`
			Trace    json.RawMessage `json:"trace"`
		} `json:"checks"`
		Message string `json:"msg"`
	} `json:"decision"`
	Explanation struct {
		Cause    string   `json:"cause"`
		Summary  string   `json:"summary"`
		Details  []string `json:"details"`
		Remedies []struct {
			Kind     string          `json:"kind"`
			Title    string          `json:"title"`
			Document json.RawMessage `json:"document"`
			Proven   bool            `json:"proven"`
			Opens    []string        `json:"opens"`
		} `json:"remedies"`
	} `json:"explanation"`
	Withheld string `json:"withheld"`

	raw string
}

func (w *world) decision(k key, path string) answer {
	w.t.Helper()
	return w.send(request{Method: http.MethodGet, Path: path, Key: k, Service: "hardpan"})
}

// why reads a decision.
func (w *world) why(k key, id string) *explained {
	w.t.Helper()
	a := w.decision(k, "/decisions/"+id)
	a.is(w.t, http.StatusOK)
	e := &explained{raw: a.Body}
	if err := json.Unmarshal([]byte(a.Body), e); err != nil {
		w.t.Fatal(err)
	}
	return e
}

// proven is the first policy that a decision proves to help.
func (e *explained) proven(t *testing.T) string {
	t.Helper()
	for _, r := range e.Explanation.Remedies {
		if r.Kind == "policy" && r.Proven && len(r.Document) > 0 {
			if len(r.Opens) > 0 {
				t.Errorf("%s opens more: %v", r.Title, r.Opens)
			}
			return string(r.Document)
		}
	}
	t.Fatalf("no proven policy in %s", e.raw)
	return ""
}

// Who may read a decision: the caller their own, though not what stands in a
// boundary; others with hardpan:GetDecision all of it; nobody else anything.
func TestWhoMayReadADecision(t *testing.T) {
	w := start(t)
	foo, stranger := w.user("foo", everything), w.user("stranger", everything)
	reader := w.user("reader", allow("hardpan:GetDecision", "arn:aws:hardpan:*:123456789012:decision/*"))
	w.boundary("foo", `{"Version":"2012-10-17","Statement":{"Sid":"FenceOfTheBoard","Effect":"Allow","Action":"bedrock:List*","Resource":"*"}}`)
	_, err := w.converse(foo, haiku)
	refused(t, err, "AccessDeniedException", "because no permissions boundary allows the bedrock:InvokeModel action")
	id := decisionID(t, err)

	own := w.why(foo, id)
	if own.Decision.ID != id || own.Withheld == "" || strings.Contains(own.raw, "FenceOfTheBoard") || strings.Contains(own.raw, "policy/fence") {
		t.Errorf("the caller sees: %s", own.raw)
	}
	if !strings.Contains(own.raw, `"inline"`) {
		t.Errorf("the caller does not see the own policy: %s", own.raw)
	}
	for _, k := range []key{reader, w.root} {
		if full := w.why(k, id); full.Withheld != "" || !strings.Contains(full.raw, "FenceOfTheBoard") {
			t.Errorf("a reader sees: %s", full.raw)
		}
	}
	const no = "User: arn:aws:iam::123456789012:user/stranger is not authorized to perform: hardpan:GetDecision on resource: arn:aws:hardpan:us-west-2:123456789012:decision/"
	for _, path := range []string{"/decisions/" + id, "/decisions/aaaaaaaaaaaaaaaaaaaaaaaaaa", "/last-decision?principal=arn%3Aaws%3Aiam%3A%3A123456789012%3Auser%2Ffoo"} {
		w.decision(stranger, path).is(t, http.StatusForbidden, no)
	}
	w.decision(w.root, "/decisions/aaaaaaaaaaaaaaaaaaaaaaaaaa").is(t, http.StatusNotFound, "ResourceNotFoundException")
	w.decision(key{}, "/decisions/"+id).is(t, http.StatusForbidden, "MissingAuthenticationTokenException")

	if last := w.last(foo); last.Decision.ID != id {
		t.Errorf("foo's last is %s, want %s", last.Decision.ID, id)
	}
	if last := w.last(reader); last.Decision.Caller.ARN != "arn:aws:iam::123456789012:user/stranger" {
		t.Errorf("the last of all is of %s", last.Decision.Caller.ARN)
	}
}

func (w *world) last(k key) *explained {
	w.t.Helper()
	a := w.decision(k, "/last-decision")
	a.is(w.t, http.StatusOK)
	e := &explained{raw: a.Body}
	if err := json.Unmarshal([]byte(a.Body), e); err != nil {
		w.t.Fatal(err)
	}
	return e
}

// boundary makes a managed policy and sets it as a user's boundary.
func (w *world) boundary(user, policy string) {
	w.t.Helper()
	c := w.iam(w.root)
	made, err := c.CreatePolicy(w.t.Context(), &iam.CreatePolicyInput{PolicyName: aws.String("fence"), PolicyDocument: &policy})
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = c.PutUserPermissionsBoundary(w.t.Context(), &iam.PutUserPermissionsBoundaryInput{UserName: &user, PermissionsBoundary: made.Policy.Arn})
	if err != nil {
		w.t.Fatal(err)
	}
}

// A decision outlives the server, and another account's does not exist.
func TestDecisionsOfTheJournal(t *testing.T) {
	noLeaks(t)
	opt := options(t)
	journal, err := audit.Open(opt.DataDir, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{account: audit.NewDecisionID(), "999988887777": audit.NewDecisionID()}
	for of, id := range ids {
		_, err := journal.Append(&audit.Event{ID: audit.NewCallID(), Account: of, Verdict: audit.Deny, Outcome: audit.Denied, Denial: &audit.Decision{
			ID: id, Time: time.Now().UnixMicro(), Account: of, Failed: -1, Outcome: audit.Denied,
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := journal.Close(); err != nil {
		t.Fatal(err)
	}
	w := open(t, opt)
	w.serve()
	w.until(func() bool { return w.decision(w.root, "/decisions/"+ids[account]).Status == http.StatusOK })
	w.decision(w.root, "/decisions/"+ids["999988887777"]).is(t, http.StatusNotFound, "ResourceNotFoundException")
}

// Who is deleted and made again is somebody else, and does not read what the
// one before was denied.
func TestADecisionOfANamesake(t *testing.T) {
	w := start(t)
	foo := w.user("foo", "")
	_, err := w.converse(foo, haiku)
	id := decisionID(t, err)
	name, c := aws.String("foo"), w.iam(w.root)
	for _, err := range []error{
		second(c.DeleteAccessKey(t.Context(), &iam.DeleteAccessKeyInput{AccessKeyId: &foo.ID, UserName: name})),
		second(c.DeleteUser(t.Context(), &iam.DeleteUserInput{UserName: name})),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	namesake := w.user("foo", "")
	w.decision(namesake, "/last-decision").is(t, http.StatusNotFound)
	w.decision(namesake, "/decisions/"+id).is(t, http.StatusForbidden, "hardpan:GetDecision")
}
