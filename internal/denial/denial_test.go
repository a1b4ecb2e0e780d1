package denial

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hardpan/policy/eval"
)

const (
	user  = "arn:aws:iam::123456789012:user/BedrockAPIKey-ab12"
	sso   = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_BedrockWithInferenceProfile_7e56f0472208ea09/foo@example.com"
	model = "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-5-haiku-20241022-v1:0"
	scp   = "arn:aws:organizations::111122223333:policy/o-abcdefghij/service_control_policy/p-abcdefgh"
)

func TestParse(t *testing.T) {
	base := "User: " + user + " is not authorized to perform: bedrock:InvokeModel on resource: " + model
	known := func(d Denial) *Denial {
		d.Kind, d.Principal, d.Action, d.Resource = Policy, user, "bedrock:InvokeModel", model
		return &d
	}
	identity := known(Denial{Layer: eval.LayerIdentity, Policies: "identity-based policy"})
	for name, tt := range map[string]struct {
		text string
		want *Denial
	}{
		"the CLI's": {
			"An error occurred (AccessDeniedException) when calling the Converse operation: User: " + sso + " is not authorized to perform: bedrock:InvokeModel on resource: " + model + " because no identity-based policy allows the bedrock:InvokeModel action",
			&Denial{Kind: Policy, Operation: "Converse", Principal: sso, Action: "bedrock:InvokeModel", Resource: model, Layer: eval.LayerIdentity, Policies: "identity-based policy"},
		},
		"as it is on the wire": {`{"Message":"` + base + ` because no identity-based policy allows the bedrock:InvokeModel action"}`, identity},
		"broken into lines":    {strings.ReplaceAll(base+" because no identity-based policy allows the bedrock:InvokeModel action", " ", "\n  "), identity},
		"without the word resource, as in AWS's guide": {
			"User: " + user + " is not authorized to perform: bedrock:InvokeModel on " + model + " because no identity-based policy allows the bedrock:InvokeModel action", identity,
		},
		"cut short":       {base, known(Denial{})},
		"quoted":          {`denied: "` + base + `".`, known(Denial{})},
		"boundary":        {base + " because no permissions boundary allows the bedrock:InvokeModel action", known(Denial{Layer: eval.LayerBoundary, Policies: "permissions boundary"})},
		"session":         {base + " because no session policy allows the bedrock:InvokeModel action", known(Denial{Layer: eval.LayerSession, Policies: "session policy"})},
		"SCP":             {base + " because no service control policy allows the bedrock:InvokeModel action", known(Denial{Layer: eval.LayerSCP, Policies: "service control policy"})},
		"resource policy": {base + " because no resource-based policy allows the bedrock:InvokeModel action", known(Denial{Layer: eval.LayerResource, Policies: "resource-based policy"})},
		"VPC endpoint":    {base + " because no VPC endpoint policy allows the bedrock:InvokeModel action", known(Denial{Policies: "VPC endpoint policy"})},
		"denied by an SCP with its ARN": {
			base + " with an explicit deny in a service control policy: " + scp,
			known(Denial{Layer: eval.LayerSCP, Policies: "service control policy", Explicit: true, PolicyARN: scp}),
		},
		"denied by an RCP":      {base + " with an explicit deny in a resource control policy", known(Denial{Layer: eval.LayerRCP, Policies: "resource control policy", Explicit: true})},
		"denied by a boundary":  {base + " with an explicit deny in a permissions boundary", known(Denial{Layer: eval.LayerBoundary, Policies: "permissions boundary", Explicit: true})},
		"denied by an identity": {base + " with an explicit deny in an identity-based policy", known(Denial{Layer: eval.LayerIdentity, Policies: "identity-based policy", Explicit: true})},
		"denied by a session":   {base + " with an explicit deny in a session policy", known(Denial{Layer: eval.LayerSession, Policies: "session policy", Explicit: true})},
		"denied by an endpoint": {base + " with an explicit deny in a VPC endpoint policy", known(Denial{Policies: "VPC endpoint policy", Explicit: true})},
		"denied by a trust policy": {
			"User: " + user + " is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/dev with an explicit deny in the role trust policy",
			&Denial{Kind: Policy, Principal: user, Action: "sts:AssumeRole", Resource: "arn:aws:iam::123456789012:role/dev", Layer: eval.LayerTrust, Policies: "role trust policy", Explicit: true},
		},
		"no trust": {
			"User: " + user + " is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/dev because no role trust policy allows the sts:AssumeRole action",
			&Denial{Kind: Policy, Principal: user, Action: "sts:AssumeRole", Resource: "arn:aws:iam::123456789012:role/dev", Layer: eval.LayerTrust, Policies: "role trust policy"},
		},
		"without a resource": {
			"User: " + user + " is not authorized to perform: bedrock:ListFoundationModels because no identity-based policy allows the bedrock:ListFoundationModels action",
			&Denial{Kind: Policy, Principal: user, Action: "bedrock:ListFoundationModels", Layer: eval.LayerIdentity, Policies: "identity-based policy"},
		},
		"an API key's": {
			"User: " + user + " is not authorized to perform: bedrock:CallWithBearerToken on resource: * because no identity-based policy allows the bedrock:CallWithBearerToken action",
			&Denial{Kind: Policy, Principal: user, Action: "bedrock:CallWithBearerToken", Resource: "*", Layer: eval.LayerIdentity, Policies: "identity-based policy"},
		},
		"Go's SDK": {
			"operation error Bedrock Runtime: ConverseStream, https response error StatusCode: 400, RequestID: x, ValidationException: The provided model identifier is invalid.",
			&Denial{Kind: UnknownModel, Operation: "ConverseStream"},
		},
		"profiles only": {
			"An error occurred (ValidationException) when calling the InvokeModel operation: Invocation of model ID anthropic.claude-3-5-sonnet-20241022-v2:0 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
			&Denial{Kind: ProfileNeeded, Operation: "InvokeModel", Model: "anthropic.claude-3-5-sonnet-20241022-v2:0"},
		},
		"profiles only, in older words": {"Cross region inference is required for this model", &Denial{Kind: ProfileNeeded}},
		"no agreement":                  {"You don't have access to the model with the specified model ID.", &Denial{Kind: NoModelAccess}},
		"a wrong key":                   {`{"Message":"Authentication failed: Please make sure your API Key is valid."}`, &Denial{Kind: KeyInvalid}},
		"no key":                        {`{"Message":"Invalid API Key format: Must start with pre-defined prefix"}`, &Denial{Kind: KeyFormat}},
		"an old key":                    {`{"Message":"Bearer Token has expired"}`, &Denial{Kind: KeyExpired}},
		"nothing":                       {`{"Message":"Authorization header is missing"}`, &Denial{Kind: NoCredentials}},
		"an old model":                  {"This model version has reached the end of its life. Use another.", &Denial{Kind: ModelEndOfLife}},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := Parse(tt.text)
			if !ok {
				t.Fatal("it is not understood")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if a := got.Advice(); a.Meaning == "" || len(a.Next) == 0 && got.Policies != "" {
				t.Errorf("there is no advice: %+v", a)
			}
		})
	}
}

// What the engine writes, this package reads.
func TestParseReadsWhatTheEngineWrites(t *testing.T) {
	for layer := eval.LayerSCP; layer <= eval.LayerSession; layer++ {
		for _, isExplicit := range []bool{false, true} {
			written := eval.Decision{Layer: layer, Explicit: isExplicit, Statement: -1}.Message(user, &eval.Request{Action: "bedrock:InvokeModel", Resource: model})
			d, ok := Parse(written)
			if !ok || d.Layer != layer || d.Explicit != isExplicit || d.Principal != user || d.Resource != model {
				t.Errorf("%s: read as %+v", written, d)
			}
		}
	}
}

func TestNoDenial(t *testing.T) {
	for _, text := range []string{"", "hello", "User: x is authorized", "ThrottlingException: Too many requests", strings.Repeat("User: ", 1<<20)} {
		if d, ok := Parse(text); ok {
			t.Errorf("%.40q is taken for %+v", text, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("User: a is not authorized to perform: b:c on resource: d because no session policy allows the b:c action")
	f.Fuzz(func(t *testing.T, text string) {
		if d, ok := Parse(text); ok && d.Advice().Meaning == "" {
			t.Errorf("%q has no advice", text)
		}
	})
}
