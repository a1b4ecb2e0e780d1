package policydir

import (
	"strings"
	"testing"
	"testing/fstest"

	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

const account = "123456789012"

// allowing is a policy that allows one action on everything.
func allowing(action string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"*"}}`
}

func folder(files ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		m[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return m
}

func read(t *testing.T, files ...string) *Folder {
	t.Helper()
	f, err := Read(folder(files...))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func may(t *testing.T, f *Folder, who, action string) eval.Decision {
	t.Helper()
	s, keys, err := f.Principal(who, account)
	if err != nil {
		t.Fatal(err)
	}
	return s.Evaluate(&eval.Request{Action: action, Resource: "*", Context: condition.NewContext(keys)})
}

func TestLayout(t *testing.T) {
	f := read(t,
		"identity/common.json", allowing("s3:ListBucket"), "README.md", "not a policy", ".git/config", "[core]",
		"user/alice.json", allowing("bedrock:*"), "user/bob/models.json", allowing("bedrock:InvokeModel"),
		"user/bob/boundary.json", allowing("bedrock:Get*"), "role/dev/own.json", allowing("bedrock:*"),
		"role/dev/session.json", allowing("bedrock:ListFoundationModels"))
	for _, tt := range []struct {
		who, action string
		allowed     bool
		layer       eval.Layer
	}{
		{"user/alice", "bedrock:InvokeModel", true, eval.LayerIdentity},
		{"alice", "s3:ListBucket", true, eval.LayerIdentity},
		{"arn:aws:iam::123456789012:user/staff/alice", "bedrock:InvokeModel", true, eval.LayerIdentity},
		{"bob", "bedrock:InvokeModel", false, eval.LayerBoundary},
		{"dev", "bedrock:InvokeModel", false, eval.LayerSession},
		{"assumed-role/dev/s1", "bedrock:ListFoundationModels", true, eval.LayerIdentity},
		{"carol", "s3:ListBucket", true, eval.LayerIdentity},
		{"carol", "bedrock:InvokeModel", false, eval.LayerIdentity},
		{"root", "iam:CreateUser", true, eval.LayerNone},
	} {
		if d := may(t, f, tt.who, tt.action); d.Allowed != tt.allowed || d.Layer != tt.layer {
			t.Errorf("%s %s: allowed %v by %s, want %v by %s", tt.who, tt.action, d.Allowed, d.Layer, tt.allowed, tt.layer)
		}
	}
}

// Each folder in scp is a level, and each level has to allow; files beside each
// other are one level, and one of them is enough.
func TestControlPolicies(t *testing.T) {
	own := []string{"all.json", allowing("*")}
	flat := read(t, append(own, "scp/a.json", allowing("bedrock:*"), "scp/b.json", allowing("iam:*"))...)
	levels := read(t, append(own, "scp/1-root/a.json", allowing("*"), "scp/2-team/b.json", allowing("iam:*"))...)
	if d := may(t, flat, "x", "bedrock:InvokeModel"); !d.Allowed {
		t.Error("one of two policies of a level allows, and it is denied")
	}
	if d := may(t, levels, "x", "bedrock:InvokeModel"); d.Allowed || d.Layer != eval.LayerSCP {
		t.Errorf("the second level is silent: %+v", d)
	}
	if d := may(t, read(t, append(own, "rcp/none.json", strings.Replace(allowing("s3:*"), `"Effect"`, `"Principal":"*","Effect"`, 1))...), "x", "bedrock:InvokeModel"); d.Allowed || d.Layer != eval.LayerRCP {
		t.Errorf("the RCP is silent: %+v", d)
	}
}

func TestPrincipalsAndKeys(t *testing.T) {
	f := read(t, "p.json", allowing("*"), "role/dev/tags.json", `{"UserEmail":"foo@example.com"}`, "role/dev/p.json", allowing("*"))
	s, keys, err := f.Principal("arn:aws-us-gov:sts::210987654321:assumed-role/dev/foo@example.com", account)
	if err != nil {
		t.Fatal(err)
	}
	if s.SessionARN != "arn:aws-us-gov:sts::210987654321:assumed-role/dev/foo@example.com" || s.RoleARN != "arn:aws-us-gov:iam::210987654321:role/dev" || s.Account != "210987654321" {
		t.Errorf("%+v", s)
	}
	for key, want := range map[string]string{
		"aws:PrincipalTag/UserEmail": "foo@example.com", "aws:PrincipalArn": s.RoleARN, "aws:PrincipalAccount": "210987654321", "aws:PrincipalType": "AssumedRole",
	} {
		if got, ok := keys.Get(key); !ok || got[0] != want {
			t.Errorf("%s is %q, want %s", key, got, want)
		}
	}
	_, keys, err = f.Principal("alice", account)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := keys.Get("aws:username"); !ok || got[0] != "alice" {
		t.Errorf("aws:username is %q", got)
	}
	for _, who := range []string{"", "user/", "group/x", "arn:aws:s3:::bucket", "assumed-role/dev", "arn:aws:iam::123456789012:group/g"} {
		if _, _, err := f.Principal(who, account); err == nil {
			t.Errorf("%q is taken for a principal", who)
		}
	}
}

func TestNobodyKnown(t *testing.T) {
	_, _, err := read(t, "user/alice.json", allowing("*")).Principal("bob", account)
	if err == nil || !strings.Contains(err.Error(), "no policies of user/bob") || !strings.Contains(err.Error(), "those of user/alice") {
		t.Errorf("%v", err)
	}
}

// Nothing is passed over in silence, and a mistake is named with its place.
func TestFaults(t *testing.T) {
	for want, files := range map[string][]string{
		"there is no policy in the folder":                   {"README.md", "hello"},
		"the folder identitty means nothing":                 {"identitty/a.json", allowing("*")},
		"user/alice/more is a folder":                        {"user/alice/more/a.json", allowing("*")},
		"identity/a.json:2:1: this is no identity-based":     {"identity/a.json", "{\"Version\":\"2012-10-17\",\n\"Version\": \"2012-10-17\"}"},
		"scp/a.json:1:67: this is no service control policy": {"scp/a.json", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`},
		"user/a/tags.json: these are no tags":                {"user/a/tags.json", `["x"]`},
		"big.json: it has more than 1048576 bytes":           {"big.json", strings.Repeat(" ", maxFile+1)},
		"bad.json": {"bad.json", "{\"Version\":\"\xff\"}"},
	} {
		_, err := Read(folder(files...))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
