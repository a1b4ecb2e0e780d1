package eval_test

import (
	"fmt"

	"hardpan/policy"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

func Example() {
	doc, err := policy.Load([]byte(`{
		"Version": "2012-10-17",
		"Statement": {
			"Effect": "Allow",
			"Action": "bedrock:InvokeModel*",
			"Resource": "arn:aws:bedrock:*::foundation-model/*",
			"Condition": {"StringEquals": {"aws:RequestedRegion": "us-west-2"}}
		}
	}`), policy.Identity)
	if err != nil {
		fmt.Println(err)
		return
	}
	const user = "arn:aws:iam::123456789012:user/foo"
	subject := &eval.Subject{
		Account:      "123456789012",
		PrincipalARN: user,
		Identity:     eval.NewSet(eval.Compile(doc, eval.Source{Layer: eval.LayerIdentity, Name: "models", Owner: user})),
	}
	for _, region := range []string{"us-west-2", "eu-west-1"} {
		keys := condition.NewContext(nil)
		keys.Set("aws:RequestedRegion", "request", region)
		request := &eval.Request{
			Action:   "bedrock:InvokeModel",
			Resource: "arn:aws:bedrock:" + region + "::foundation-model/amazon.titan-embed-text-v2:0",
			Context:  keys,
		}
		if decision := subject.Evaluate(request); decision.Allowed {
			fmt.Println("allowed")
		} else {
			fmt.Println(decision.Message(user, request))
		}
	}
	// Output:
	// allowed
	// User: arn:aws:iam::123456789012:user/foo is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:eu-west-1::foundation-model/amazon.titan-embed-text-v2:0 because no identity-based policy allows the bedrock:InvokeModel action
}
