package query_test

import (
	"net/http"
	"net/url"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"hardpan/internal/awserr"
	"hardpan/internal/wire/golden"
	"hardpan/internal/wire/query"
)

// service is one that speaks the protocol, with the SDK's own client for it.
type service struct {
	name      string
	xmlns     string
	snapshots int // how many golden requests its module ships, at least
	http      *golden.Transport
	ops       map[string]golden.Operation
}

func services() []service {
	keys := credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", "")
	iamHTTP, stsHTTP := &golden.Transport{}, &golden.Transport{}
	config := func(h *golden.Transport) aws.Config {
		return aws.Config{Region: "us-east-1", Credentials: keys, HTTPClient: h, RetryMaxAttempts: 1}
	}
	return []service{
		{"iam", query.IAMNamespace, 180, iamHTTP, operations(iam.NewFromConfig(config(iamHTTP)))},
		{"sts", query.STSNamespace, 11, stsHTTP, operations(sts.NewFromConfig(config(stsHTTP)))},
	}
}

func operations(client any) map[string]golden.Operation {
	out := map[string]golden.Operation{}
	for _, op := range golden.Operations(client) {
		out[op.Name] = op
	}
	return out
}

// Every request that the SDK's modules ship is decoded, given to the SDK's own
// client, and must come out as it went in.
func TestGoldenRequestsRoundTrip(t *testing.T) {
	for _, s := range services() {
		n := 0
		for _, r := range golden.Requests(t, s.name) {
			form, err := url.ParseQuery(string(r.Body))
			if err != nil {
				t.Fatal(err)
			}
			op := s.ops[r.Operation]
			in := reflect.New(op.In).Interface()
			if err := query.Decode(form, in); err != nil {
				t.Errorf("%s: %v", r.Operation, err)
				continue
			}
			s.answer(t, op, reflect.New(op.Out).Interface())
			if _, err := op.Call(t, in); err != nil {
				t.Errorf("%s: the SDK does not send what was decoded: %v", r.Operation, err)
				continue
			}
			again, err := url.ParseQuery(string(s.http.Body))
			if diff := cmp.Diff(form, again); diff != "" || err != nil {
				t.Errorf("%s: %v (-golden +again)\n%s", r.Operation, err, diff)
				continue
			}
			n++
		}
		t.Logf("%s: %d golden requests decode and come out again", s.name, n)
		if n < s.snapshots {
			t.Errorf("%s: %d golden requests, want at least %d", s.name, n, s.snapshots)
		}
	}
}

// Every output is filled, encoded, and read by the SDK's own client.
func TestOutputsAreReadByTheSDK(t *testing.T) {
	for _, s := range services() {
		n := 0
		for name, op := range s.ops {
			filler := &golden.Filler{Union: oneMember}
			in, out := reflect.New(op.In).Interface(), reflect.New(op.Out).Interface()
			filler.Fill(in)
			filler.Fill(out)
			s.answer(t, op, out)
			got, err := op.Call(t, in)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if diff := golden.Diff(out, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", name, diff)
				continue
			}
			n++
		}
		t.Logf("%s: the outputs of %d operations are read by the SDK as they were meant", s.name, n)
		if n < s.snapshots {
			t.Errorf("%s: %d outputs, want at least %d", s.name, n, s.snapshots)
		}
	}
}

// Every input is filled, sent by the SDK's client and decoded, so that lists
// have different members and text has what forms must escape.
func TestInputsOfTheSDKAreDecoded(t *testing.T) {
	for _, s := range services() {
		n := 0
		for name, op := range s.ops {
			filler := &golden.Filler{Union: oneMember}
			in := reflect.New(op.In).Interface()
			filler.Fill(in)
			s.answer(t, op, reflect.New(op.Out).Interface())
			if _, err := op.Call(t, in); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			form, err := url.ParseQuery(string(s.http.Body))
			if err != nil {
				t.Fatal(err)
			}
			got := reflect.New(op.In).Interface()
			if err := query.Decode(form, got); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if diff := golden.Diff(in, got); diff != "" {
				t.Errorf("%s (-sent +decoded)\n%s", name, diff)
				continue
			}
			n++
		}
		t.Logf("%s: the inputs of %d operations arrive as the SDK sent them", s.name, n)
		if n < s.snapshots {
			t.Errorf("%s: %d inputs, want at least %d", s.name, n, s.snapshots)
		}
	}
}

func TestErrorIsReadByTheSDK(t *testing.T) {
	for _, s := range services() {
		op := s.ops["GetUser"]
		if s.name == "sts" {
			op = s.ops["GetSessionToken"]
		}
		s.http.Answer = func() *http.Response {
			e := awserr.New("ThrottlingX", 400, "a <b> & \"c\"")
			return golden.Answer(400, http.Header{"Content-Type": {"text/xml"}}, query.Error(s.xmlns, "req-1", e))
		}
		_, err := op.Call(t, reflect.New(op.In).Interface())
		want := "api error ThrottlingX: a <b> & \"c\""
		if err == nil || !contains(err.Error(), want) || !contains(err.Error(), "req-1") {
			t.Errorf("%s: the SDK reads %v", s.name, err)
		}
	}
}

// answer lets the SDK's client receive out.
func (s service) answer(t *testing.T, op golden.Operation, out any) {
	t.Helper()
	body, err := query.Encode(op.Name, s.xmlns, "req-1", out)
	if err != nil {
		t.Fatalf("%s: %v", op.Name, err)
	}
	s.http.Answer = func() *http.Response {
		return golden.Answer(200, http.Header{"Content-Type": {"text/xml"}}, body)
	}
}

func oneMember(t reflect.Type) any {
	if t == reflect.TypeFor[iamtypes.PolicyIdentifier]() {
		return &iamtypes.PolicyIdentifierMemberPolicyArn{Value: "arn:aws:iam::aws:policy/ReadOnlyAccess"}
	}
	return nil
}
