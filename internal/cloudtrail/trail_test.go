package cloudtrail

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hardpan/internal/audit"
)

var epoch = time.Date(2026, 11, 3, 4, 59, 0, 0, time.UTC)

func event(id string, at time.Time) *audit.Event {
	return &audit.Event{
		ID: id, Time: at.UnixMicro(), Account: "123456789012", Region: "us-west-2", Service: "bedrock-runtime", Operation: "Converse",
		Caller: audit.Caller{
			ARN: "arn:aws:sts::123456789012:assumed-role/Engineer/foo@example.com", ID: "AROAEXAMPLE:foo@example.com",
			Type: "AssumedRole", Account: "123456789012", AccessKeyID: "ASIAEXAMPLE",
		},
		SourceIP: "192.0.2.1", UserAgent: "aws-cli/2", Model: "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc",
		Profile: "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc", UsedRegion: "us-east-1",
		Verdict: audit.Allow, Outcome: audit.OK,
	}
}

func record(e *audit.Event) any { return RecordOf(e, known(e)) }

func known(*audit.Event) Operation { return Operation{Source: "bedrock.amazonaws.com", ReadOnly: true} }

func journal(t *testing.T) (dir string, j *audit.Journal) {
	t.Helper()
	dir = t.TempDir()
	j, err := audit.Open(dir, audit.Options{Durability: audit.Process})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return dir, j
}

func write(t *testing.T, j *audit.Journal, e *audit.Event) {
	t.Helper()
	if _, err := j.AppendReservation(&audit.Reservation{ID: e.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(e); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir, journal string) *Trail {
	t.Helper()
	trail, err := Open(dir, "cloudtrail", journal, record, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(trail.Close)
	return trail
}

// ids reads which calls are in the files, in the order of their names.
func ids(t *testing.T, dir string) (list []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "cloudtrail-*"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var in io.Reader = f
		if strings.HasSuffix(name, ".gz") {
			if in, err = gzip.NewReader(f); err != nil {
				t.Fatal(err)
			}
		}
		for lines := bufio.NewScanner(in); lines.Scan(); {
			var r Record
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			list = append(list, r.EventID)
		}
	}
	return list
}

func TestEveryCallIsThereOnce(t *testing.T) {
	data, j := journal(t)
	dir := t.TempDir()
	var want []string
	for i := range 40 {
		e := event(fmt.Sprintf("call-%02d", i), epoch.Add(time.Duration(i)*10*time.Minute))
		if i == 20 {
			e.Time = epoch.UnixMicro() // one whose clock went back
		}
		write(t, j, e)
		want = append(want, e.ID)
		if i%3 > 0 {
			continue
		}
		trail := open(t, dir, data)
		if err := trail.CatchUp(); err != nil {
			t.Fatal(err)
		}
		if trail.Written() != j.Head().Seq {
			t.Fatalf("written up to %d, the journal ends at %d", trail.Written(), j.Head().Seq)
		}
		trail.Close()
		if diff := cmp.Diff(want, ids(t, dir)); diff != "" {
			t.Fatal(diff)
		}
		// A crash after the lines and before the note of them.
		path := trail.path(trail.at.File)
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(`{"eventID":"half wri`); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	if packed, _ := filepath.Glob(filepath.Join(dir, "*.gz")); len(packed) < 5 {
		t.Errorf("%d files are compressed", len(packed))
	}
}

func TestTheRecordOfASession(t *testing.T) {
	got, err := json.Marshal(RecordOf(event("e", epoch), known(nil)))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:foo@example.com",` +
		`"arn":"arn:aws:sts::123456789012:assumed-role/Engineer/foo@example.com","accountId":"123456789012","accessKeyId":"ASIAEXAMPLE",` +
		`"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::123456789012:role/Engineer",` +
		`"accountId":"123456789012","userName":"Engineer"}}},"eventTime":"2026-11-03T04:59:00Z","eventSource":"bedrock.amazonaws.com",` +
		`"eventName":"Converse","awsRegion":"us-west-2","sourceIPAddress":"192.0.2.1","userAgent":"aws-cli/2",` +
		`"requestParameters":{"modelId":"arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc"},"responseElements":null,` +
		`"additionalEventData":{"inferenceRegion":"us-east-1"},"requestID":"e","eventID":"e","readOnly":true,"eventType":"AwsApiCall",` +
		`"managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management"}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTheRecordOfAnInvocation(t *testing.T) {
	e := event("e", epoch)
	e.UsedModel, e.Tokens.Input, e.Tokens.Output, e.Tokens.CacheRead = "m", 3, 4, 5
	got, err := json.Marshal(InvocationOf(e))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"schemaType":"ModelInvocationLog","schemaVersion":"1.0","timestamp":"2026-11-03T04:59:00Z","accountId":"123456789012",` +
		`"region":"us-west-2","requestId":"e","operation":"Converse","modelId":"arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc",` +
		`"identity":{"arn":"arn:aws:sts::123456789012:assumed-role/Engineer/foo@example.com"},"inferenceRegion":"us-east-1",` +
		`"input":{"inputContentType":"application/json","inputTokenCount":3,"cacheReadInputTokenCount":5},` +
		`"output":{"outputContentType":"application/json","outputTokenCount":4}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, outcome := range []audit.Outcome{audit.Refused, audit.Denied} {
		e.Outcome = outcome
		if outcome == audit.Denied {
			e.Verdict = audit.Deny
		}
		if InvocationOf(e) != nil {
			t.Errorf("a call that was %s is an invocation", outcome)
		}
	}
}

func TestTheRecordOfADenial(t *testing.T) {
	e := event("e", epoch)
	e.Verdict, e.Outcome, e.Code, e.Message = audit.Deny, audit.Denied, "AccessDeniedException", "User: x is not authorized"
	e.Denial, e.DecisionID = &audit.Decision{}, "d"
	e.Caller = audit.Caller{ARN: "arn:aws:iam::123456789012:user/path/bob", ID: "AIDAEXAMPLE", Type: "IAMUser", Bearer: "LONG_TERM"}
	r := RecordOf(e, known(e))
	if r.ErrorCode != "AccessDenied" || r.ErrorMessage != e.Message || r.UserIdentity.UserName != "bob" ||
		r.AdditionalEventData["callWithBearerToken"] != true || r.AdditionalEventData["hardpanDecisionId"] != "d" {
		t.Errorf("got %+v", r)
	}
}
