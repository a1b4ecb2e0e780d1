package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestToolGateways(t *testing.T) {
	c, err := Parse("f", []byte(`agentcore:
  preflight: refuse
  wire: "2026-10"
  undecided_prompts: true
  commands:
    memory: {path: /usr/bin/node, args: [server.js, --quiet], env: {HOME: /tmp}, secrets: {API_KEY: "env:MEMORY_KEY"}}
  aws:
    access_key_id: AKIAEXAMPLE000000001
    secret_access_key: file:/run/secrets/aws
    lambda_endpoint: http://127.0.0.1:9001
    api_gateway_endpoint: http://127.0.0.1:9002
    invoke_endpoint: http://127.0.0.1:9003
`))
	if err != nil {
		t.Fatal(err)
	}
	want := AgentCore{
		Preflight: Refuse, Wire: Wire2026, UndecidedPrompts: true,
		Commands: map[string]Command{"memory": {
			Path: "/usr/bin/node", Args: []string{"server.js", "--quiet"}, Env: map[string]string{"HOME": "/tmp"}, Secrets: map[string]SecretRef{"API_KEY": "env:MEMORY_KEY"},
		}},
		AWS: AgentCoreAWS{
			AccessKeyID: "AKIAEXAMPLE000000001", SecretAccessKey: "file:/run/secrets/aws",
			LambdaEndpoint: "http://127.0.0.1:9001", APIGatewayEndpoint: "http://127.0.0.1:9002", InvokeEndpoint: "http://127.0.0.1:9003",
		},
	}
	if diff := cmp.Diff(want, c.AgentCore); diff != "" {
		t.Error(diff)
	}
}

func TestMistakesAboutToolGateways(t *testing.T) {
	for text, want := range map[string]string{
		"{listing: live}":                                                   `f:1:13: unknown field "listing"`,
		"{commands: {a: {}}}":                                               "needs the path of its program",
		"{commands: {a: {path: p, shell: true}}}":                           `unknown field "shell"`,
		"{commands: {'a b': {path: p}}}":                                    "a command's name has 1 to 64",
		"{commands: {a: {path: p, env: {'A=B': c}}}}":                       `"A=B" cannot be an environment variable`,
		"{commands: {a: {path: p, secrets: {A: sesame}}}}":                  "f:1:50: a secret is given by reference",
		"{commands: {a: {path: p, env: {A: b}, secrets: {A: 'env:B'}}}}":    "A is in env too",
		"{aws: {profile: p, access_key_id: a, secret_access_key: 'env:B'}}": "either a profile or an access key",
		"{aws: {access_key_id: a}}":                                         "belong together",
		"{aws: {access_key_id: a, secret_access_key: sesame}}":              "by reference",
		"{aws: {session_token: 'env:T'}}":                                   "needs its access key",
		"{aws: {lambda_endpoint: '127.0.0.1:9001'}}":                        "f:1:36: an endpoint is http(s)://",
		"{aws: {invoke_endpoint: 'http://u:p@host'}}":                       "an endpoint is http(s)://",
		"{undecided_prompts: sometimes}":                                    "f:1:32",
	} {
		_, err := Parse("f", []byte("agentcore: "+text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		} else if strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: a secret is shown: %v", text, err)
		}
	}
}
