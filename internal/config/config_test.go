package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"

	"hardpan/internal/audit"
)

const whole = `
listen: 0.0.0.0:8642
data_dir: /var/lib/hardpan
database_url: postgres://hardpan@db.example.com/hardpan
region: eu-west-1
account_id: "012345678901"
tls: {cert: c.pem, key: k.pem}
allow_plain_http: true
metrics_listen: 127.0.0.1:9100
durability: process
destinations: all
account_destinations: {"123456789012": allowed}
principal_destinations:
  "arn:aws:iam::*:role/*/AWSReservedSSO_Engineers_*": allowed
  "arn:aws:iam::123456789012:role/strict": all
max_profiles: 2000
enforce_lifecycle: true
agentcore: {preflight: refuse, wire: "2026-10"}
decisions: {keep: 500, max_age: 30d}
builtin: {script: reply.yaml}
backends:
  - name: aws-eu
    type: bedrock
    regions: [eu-west-1, eu-central-1]
    endpoint: https://gateway.example.com/aws
    credentials: {access_key_id: AKIAEXAMPLE000000001, secret_access_key: "env:UPSTREAM_SECRET", role_arn: "arn:aws:iam::123456789012:role/Gateway"}
    first_byte: 10m
  - {name: here, type: builtin, region: us-west-2, script: other.yaml}
routes:
  - {models: ["anthropic.*", "amazon.*"], regions: ["eu-*"], backend: aws-eu}
  - {models: ["meta.*"], backend: here, as: "tiny"}
`

func TestAWholeFile(t *testing.T) {
	c, err := Parse("hardpan.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		Listen: "0.0.0.0:8642", DataDir: "/var/lib/hardpan", DatabaseURL: "postgres://hardpan@db.example.com/hardpan", Region: "eu-west-1", AccountID: "012345678901",
		TLS: TLS{Cert: "c.pem", Key: "k.pem"}, AllowPlainHTTP: true, MetricsListen: "127.0.0.1:9100", Durability: Process,
		Destinations: "all", AccountDestinations: map[string]string{"123456789012": "allowed"},
		PrincipalDestinations: map[string]string{
			"arn:aws:iam::*:role/*/AWSReservedSSO_Engineers_*": "allowed", "arn:aws:iam::123456789012:role/strict": "all",
		}, MaxProfiles: 2000, EnforceLifecycle: true, AgentCore: AgentCore{Preflight: Refuse, Wire: Wire2026}, Decisions: Decisions{500, Duration(30 * 24 * time.Hour)}, Usage: Default().Usage, Builtin: Builtin{"reply.yaml"},
		Backends: []Backend{
			{
				Name: "aws-eu", Type: "bedrock", Regions: []string{"eu-west-1", "eu-central-1"}, Endpoint: "https://gateway.example.com/aws",
				Credentials: Credentials{AccessKeyID: "AKIAEXAMPLE000000001", SecretAccessKey: "env:UPSTREAM_SECRET", RoleARN: "arn:aws:iam::123456789012:role/Gateway"},
				FirstByte:   Duration(10 * time.Minute),
			},
			{Name: "here", Type: "builtin", Region: "us-west-2", Regions: []string{"us-west-2"}, Script: "other.yaml"},
		},
		Routes: []Route{
			{Models: []string{"anthropic.*", "amazon.*"}, Regions: []string{"eu-*"}, Backend: "aws-eu"},
			{Models: []string{"meta.*"}, Backend: "here", As: "tiny"},
		},
	}
	if diff := cmp.Diff(want, c, cmpopts.IgnoreUnexported(Route{})); diff != "" {
		t.Error(diff)
	}
	if Default().AllowedDestinations("123456789012", "arn:aws:iam::123456789012:user/foo") {
		t.Error("destinations are chosen where nobody said so")
	}
	for principal, want := range map[string]bool{
		"arn:aws:iam::123456789012:user/foo":    true,
		"arn:aws:iam::012345678901:user/foo":    false,
		"arn:aws:iam::123456789012:role/strict": false,
		"arn:aws:iam::012345678901:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Engineers_7e56f0472208ea09": true,
		"arn:aws:iam::012345678901:role/AWSReservedSSO_Engineers_7e56f0472208ea09":                                          false,
	} {
		if got := c.AllowedDestinations(strings.Split(principal, ":")[4], principal); got != want {
			t.Errorf("%s: %t", principal, got)
		}
	}
	if c.Durability.Journal() != audit.Process || Default().Durability.Journal() != audit.Power {
		t.Error("durability is not the journal's")
	}
	if l := c.Decisions.Limits(); l.Count != 500 || l.Age != 720*time.Hour {
		t.Errorf("limits %+v", l)
	}
}

func TestAnAccountIDNeedsNoQuotes(t *testing.T) {
	if c, err := Parse("hardpan.yaml", []byte("account_id: 123456789012\n")); err != nil || c.AccountID != "123456789012" {
		t.Errorf("%v", err)
	}
	// 012345678901 is an octal number to YAML: refused or read as written, never changed.
	if c, err := Parse("hardpan.yaml", []byte("account_id: 012345670123\n")); err == nil && c.AccountID != "012345670123" {
		t.Errorf("read as %s", c.AccountID)
	}
}

func TestAnEmptyFileIsTheDefault(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n", "---\n"} {
		c, err := Parse("hardpan.yaml", []byte(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if diff := cmp.Diff(Default(), c); diff != "" {
			t.Error(diff)
		}
	}
}

func TestMistakesAreShownWhereTheyAre(t *testing.T) {
	backend := func(rest string) string { return "backends:\n  - {name: b, " + rest + "}\n" }
	aws := "backends: [{name: aws, type: bedrock, regions: [eu-west-1]}]\n"
	for _, tt := range []struct{ text, place, message string }{
		{"listne: x\n", "1:1", `unknown field "listne"`},
		{"region: us-west-2\ntls: {certificate: c}\n", "2:7", `unknown field "certificate"`},
		{"listen: [a]\n", "1:", "text"},
		{"allow_plain_http: perhaps\n", "1:19", "true or false"},
		{"decisions: {keep: many}\n", "1:19", "number"},
		{"decisions: {max_age: 3 weeks}\n", "", "is no duration"},
		{"backends: aws\n", "1:11", "list"},
		{"region: us-west-2\nregion: eu-west-1\n", "2:1", "already defined"},
		{"region: \"us\n", "1:", ""},
		{"region: a\n---\nregion: b\n", "", "more than one document"},
		{"listen: nowhere\n", "1:9", "host:port"},
		{"listen: a:99999\n", "1:9", "host:port"},
		{"metrics_listen: x\n", "1:17", "host:port"},
		{"data_dir: \"\"\n", "1:11", "no name"},
		{"database_url: mysql://root:hunter2@x/y\n", "1:15", "postgres://"},
		{"region: mars-1\n", "1:9", `"mars-1" is no AWS Region`},
		{"account_id: \"12\"\n", "1:13", "12 digits"},
		{"tls: {cert: c}\n", "1:13", "needs its key"},
		{"tls: {key: k}\n", "1:12", "needs its certificate"},
		{"tls: {cert: c, key: k, self_signed: true}\n", "1:37", "not both"},
		{"durability: never\n", "1:13", "power or process"},
		{"destinations: some\n", "1:15", "destinations is all or allowed"},
		{"account_destinations: {\"12\": all}\n", "1:", "12 digits"},
		{"account_destinations: {\"123456789012\": some}\n", "1:", "all or allowed"},
		{"principal_destinations: {\"123456789012\": all}\n", "1:", "no ARN of users or roles"},
		{"principal_destinations: {\"arn:aws:iam::123456789012:role/x\": some}\n", "1:", "all or allowed"},
		{"max_profiles: 0\n", "1:15", "1 to 10000000"},
		{"agentcore: {preflight: ask}\n", "1:24", "warn or refuse"},
		{"agentcore: {wire: 2024-12}\n", "1:19", "2025-12 or 2026-10"},
		{"decisions: {keep: 0}\n", "1:19", "keep 1"},
		{"decisions: {max_age: 0s}\n", "1:22", "some time"},
		{backend("type: openai, region: us-west-2"), "2:", "needs a base_url"},
		{backend("type: openai, base_url: 'localhost:8080'"), "2:39", "http(s)://"},
		{backend("type: anthropic, base_url: 'http://x?a=b'"), "2:42", "http(s)://"},
		{backend("type: anthropic, region: mars"), "2:40", "no AWS Region"},
		{backend("type: anthropic, endpoint: 'http://x'"), "2:42", "no endpoint"},
		{backend("type: anthropic, credentials: {profile: p}"), "2:", "no credentials"},
		{backend("type: openai, base_url: 'http://x', script: s"), "2:59", "plays a script"},
		{backend("type: openai, base_url: 'http://x', api_key: sk-x"), "2:60", "by reference"},
		{backend("type: vertex"), "2:21", "unknown type"},
		{backend("region: us-west-2"), "2:", "has no type"},
		{backend("type: bedrock"), "2:", "names no region"},
		{backend("type: bedrock, region: mars"), "2:38", "no AWS Region"},
		{backend("type: bedrock, regions: [eu-west-1, mars]"), "2:51", "no AWS Region"},
		{backend("type: bedrock, region: eu-west-1, regions: [eu-west-1]"), "2:", "give one of them"},
		{backend("type: bedrock, region: eu-west-1, endpoint: 'ftp://x'"), "2:59", "http(s)://"},
		{backend("type: bedrock, region: eu-west-1, base_url: 'http://x'"), "2:59", "no base_url"},
		{backend("type: bedrock, region: eu-west-1, api_key: 'env:X'"), "2:58", "takes no api_key"},
		{backend("type: bedrock, region: eu-west-1, script: x"), "2:57", "plays a script"},
		{backend("type: bedrock, region: eu-west-1, credentials: {access_key_id: A}"), "2:", "belong together"},
		{backend("type: bedrock, region: eu-west-1, credentials: {session_token: 'env:T'}"), "2:78", "needs its access key"},
		{backend("type: bedrock, region: eu-west-1, credentials: {profile: p, access_key_id: A, secret_access_key: 'env:S'}"), "2:72", "either a profile"},
		{backend("type: bedrock, region: eu-west-1, credentials: {sts_endpoint: x}"), "2:77", "http(s)://"},
		{backend("type: builtin, endpoint: 'http://x'"), "2:40", "nothing else"},
		{"backends: [{name: 'a b', type: builtin}]\n", "1:19", "name has 1 to 64"},
		{"backends: [{type: builtin}]\n", "1:", "name has 1 to 64"},
		{"backends: [{name: builtin, type: bedrock, region: eu-west-1}]\n", "1:19", "belongs to the built-in"},
		{"backends:\n- {name: a, type: builtin}\n- {name: a, type: builtin}\n", "3:10", "two backends"},
		{aws + "routes: [{models: ['*'], backend: nobody}]\n", "2:35", `there is no backend "nobody"`},
		{aws + "routes: [{backend: aws}]\n", "2:", "needs models"},
		{aws + "routes: [{models: ['*']}]\n", "2:", "needs a backend"},
		{aws + "routes: [{models: ['*'], backends: [aws, nobody]}]\n", "2:42", `there is no backend "nobody"`},
		{aws + "routes: [{models: ['*'], backends: [aws, aws]}]\n", "2:42", "given twice"},
		{aws + "routes: [{models: ['*'], backend: aws, backends: [aws]}]\n", "2:", "give one of them"},
		{aws + "routes: [{models: ['a*', 'b'], backend: aws, as: 'x-*'}]\n", "2:50", "one and no"},
		{aws + "routes: [{models: ['a*'], backend: aws, as: '*-*'}]\n", "2:45", "one and no"},
		{aws + "routes: [{models: ['*'], regions: ['us-*'], backend: aws}]\n", "2:", "never match"},
	} {
		_, err := Parse("hardpan.yaml", []byte(tt.text))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Message, tt.message) {
			t.Errorf("%q: got %v, want %q", tt.text, err, tt.message)
			continue
		}
		head := "hardpan.yaml:"
		if tt.place != "" && !strings.HasPrefix(err.Error(), head+tt.place) {
			t.Errorf("%q: got place %.24q, want %q", tt.text, err, head+tt.place)
		}
		if e.Line > 0 && !strings.Contains(err.Error(), e.Source+"\n") {
			t.Errorf("%q: the line is not shown: %v", tt.text, err)
		}
	}
}

func TestASecretInTheFileIsNeverShown(t *testing.T) {
	for _, text := range []string{
		"backends: [{name: b, type: bedrock, region: eu-west-1, api_key: sk-tellnobody}]\n",
		"backends: [{name: b, type: bedrock, region: eu-west-1, credentials: {access_key_id: A, secret_access_key: \"tellnobody, at all\"}}]\n",
		"backends: [{api_key: 'sk-tellnobody', typo: 1}]\n",
		"backends:\n- name: b\n  api_key: tellnobody really\n",
		"backends:\n- name: b\n  api_key: [tellnobody]\n",
	} {
		c, err := Parse("hardpan.yaml", []byte(text))
		if err == nil || strings.Contains(err.Error(), "tellnobody") || c != nil && strings.Contains(fmt.Sprintf("%v %+v %#v", c, c, c), "tellnobody") {
			t.Errorf("%v", err)
		}
	}
	r := SecretRef("tellnobody")
	j, _ := json.Marshal(r)
	if text := fmt.Sprintf("%v %+v %#v %s %q %x", r, r, r, r, r, r) + r.LogValue().String() + string(j) + r.GoString(); strings.Contains(text, "tellnobody") {
		t.Error("a literal secret was printed")
	}
}

func TestSecretRefsResolve(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "key")
	empty := filepath.Join(dir, "empty")
	for path, text := range map[string]string{file: "from-file\n", empty: "\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := environment{"NAME": "from-env", "EMPTY": ""}
	for ref, want := range map[SecretRef]string{
		"env:NAME": "from-env", SecretRef("file:" + file): "from-file",
		"env:EMPTY": "", "env:ABSENT": "", "env:": "", "plain": "", "": "", SecretRef("file:" + empty): "", SecretRef("file:" + dir + "/no"): "",
	} {
		got, err := ref.Resolve(env.get)
		if got.Reveal() != want || (err == nil) != (want != "") {
			t.Errorf("%v: %v", ref, err)
		}
		if err != nil && strings.Contains(err.Error(), "plain") {
			t.Errorf("shows what may be a secret: %v", err)
		}
	}
}

type environment map[string]string

func (e environment) get(name string) (string, bool) { v, ok := e[name]; return v, ok }

func TestFlagsWinOverEnvironmentOverFileOverDefaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "h.yaml")
	if err := os.WriteFile(file, []byte("listen: f:1\nregion: eu-west-1\ndata_dir: from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := environment{"HARDPAN_CONFIG": file, "HARDPAN_LISTEN": "e:2", "HARDPAN_REGION": "eu-central-1", "HARDPAN_ALLOW_PLAIN_HTTP": "true"}
	c := resolve(t, env, "--listen", "x:3", "--tls-self-signed")
	if c.Listen != "x:3" || c.Region != "eu-central-1" || c.DataDir != "from-file" || c.AccountID != "123456789012" || !c.AllowPlainHTTP || !c.TLS.SelfSigned {
		t.Errorf("%+v", c)
	}
	// A flag set to its own default still wins.
	if c := resolve(t, env, "--listen=127.0.0.1:8642", "--allow-plain-http=false"); c.Listen != "127.0.0.1:8642" || c.AllowPlainHTTP {
		t.Errorf("%+v", c)
	}
}

func resolve(t *testing.T, env environment, args ...string) *Config {
	t.Helper()
	c, err := tryResolve(env, args...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func tryResolve(env environment, args ...string) (*Config, error) {
	fs := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	AddFlags(fs)
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	return Resolve(fs, env.get)
}

func TestMistakesNameFlagAndVariable(t *testing.T) {
	t.Chdir(t.TempDir()) // no hardpan.yaml here: the defaults
	for _, tt := range []struct {
		env  environment
		args []string
		want string
	}{
		{nil, []string{"--region", "mars"}, `--region: "mars" is no AWS Region`},
		{environment{"HARDPAN_REGION": "mars"}, nil, `HARDPAN_REGION: "mars" is no AWS Region`},
		{environment{"HARDPAN_ALLOW_PLAIN_HTTP": "perhaps"}, nil, `HARDPAN_ALLOW_PLAIN_HTTP: "perhaps" is neither true nor false`},
		{nil, []string{"--tls-cert", "c"}, "--tls-cert: a certificate needs its key"},
		{nil, []string{"--durability", "x"}, "--durability: durability is power or process"},
		{nil, []string{"--config", "absent.yaml"}, "reading the configuration"},
	} {
		if _, err := tryResolve(tt.env, tt.args...); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%v %v: got %v", tt.env, tt.args, err)
		}
	}
	if diff := cmp.Diff(Default(), resolve(t, nil)); diff != "" {
		t.Error(diff)
	}
}

func TestRouteMatching(t *testing.T) {
	c, err := Parse("hardpan.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ model, region, backend, as string }{
		{"anthropic.claude-3-5-haiku-20241022-v1:0", "eu-west-1", "aws-eu", "anthropic.claude-3-5-haiku-20241022-v1:0"},
		{"amazon.titan-embed-text-v2:0", "eu-central-1", "aws-eu", "amazon.titan-embed-text-v2:0"},
		{"amazon.titan-embed-text-v2:0", "eu-north-1", "builtin", "amazon.titan-embed-text-v2:0"}, // the backend does not stand for it
		{"amazon.titan-embed-text-v2:0", "us-west-2", "builtin", "amazon.titan-embed-text-v2:0"},
		{"meta.llama3", "us-west-2", "here", "tiny"},
		{"meta.llama3", "us-east-1", "builtin", "meta.llama3"},
		{"mistral.x", "eu-west-1", "builtin", "mistral.x"},
	} {
		if backend, as := c.Route(tt.model, tt.region); backend != tt.backend || as != tt.as {
			t.Errorf("%s in %s: %s as %s", tt.model, tt.region, backend, as)
		}
	}
}

func TestSeveralBackendsAndWildcards(t *testing.T) {
	c, err := Parse("hardpan.yaml", []byte(`
backends:
  - {name: a, type: openai, base_url: "http://127.0.0.1:8080/v1", api_key: "env:A", regions: [eu-west-1, us-west-2]}
  - {name: b, type: openai, base_url: "http://127.0.0.1:8081/v1", regions: [us-west-2, us-east-1]}
  - {name: c, type: anthropic}
routes:
  - {models: ["meta.*-v1:0", "mistral.*"], backends: [a, b, c, builtin], as: "local/*"}
  - {models: ["anthropic.*"], backend: c}
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ model, region, backend, as string }{
		{"meta.llama3-v1:0", "us-west-2", "a", "local/llama3"},
		{"mistral.x", "us-west-2", "a", "local/x"},
		{"meta.llama3-v1:0", "eu-west-1", "builtin", "meta.llama3-v1:0"}, // b does not stand for it
		{"anthropic.x", "ap-south-1", "c", "anthropic.x"},
	} {
		if backend, as := c.Route(tt.model, tt.region); backend != tt.backend || as != tt.as {
			t.Errorf("%s in %s: %s as %s", tt.model, tt.region, backend, as)
		}
	}
	if got := c.Routes[0].Targets(); !slices.Equal(got, []string{"a", "b", "c", "builtin"}) {
		t.Errorf("targets %v", got)
	}
}

func TestGlob(t *testing.T) {
	for _, tt := range []struct {
		pattern, text string
		want          bool
	}{
		{"*", "", true},
		{"", "", true},
		{"", "a", false},
		{"a*c", "abbc", true},
		{"a*c", "abbd", false},
		{"?", "", false},
		{"a?c", "abc", true},
		{"*.claude-*", "anthropic.claude-3", true},
		{"a**b", "ab", true},
		{"a*b*c", "aXbYbZc", true},
		{"A*", "abc", false},
		{strings.Repeat("*a", 50) + "b", strings.Repeat("a", 5000), false},
	} {
		if got := glob(tt.pattern, tt.text); got != tt.want {
			t.Errorf("%.20q on %.20q: %v", tt.pattern, tt.text, got)
		}
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{"30d": 720 * time.Hour, "0d": 0, "12h": 12 * time.Hour, "1m30s": 90 * time.Second, "-1h": -1, "d": -1, "-1d": -1, "1.5d": -1, "": -1, "x": -1} {
		got, err := ParseDuration(text)
		if want < 0 != (err != nil) || err == nil && got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
