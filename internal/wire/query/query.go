// Package query is AWS's query protocol, seen from the server: a form is read
// into the SDK's own input structs, and its output structs written as XML. It
// is what IAM and STS speak.
//
// The rule: a field's name is its name on the wire. AWS breaks it for the two
// members that wireNames lists, and nowhere else in IAM and STS; the
// conformance test reads every operation's own file to say so.
//
// The package knows forms, XML and the shape of errors. It knows nothing of
// actions, callers or permissions.
package query

import (
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// The XML namespaces of the services that speak the protocol.
const (
	IAMNamespace = "https://iam.amazonaws.com/doc/2010-05-08/"
	STSNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"
)

// wireNames are the members whose first letter AWS writes in lower case.
var wireNames = map[reflect.Type]map[string]string{
	reflect.TypeFor[types.PolicyDescriptorType]():       {"Arn": "arn"},
	reflect.TypeFor[iam.ListDelegationRequestsOutput](): {"IsTruncated": "isTruncated"},
}

// emptyResults are the outputs without members that still have a result
// element; the SDK refuses their answers without it.
var emptyResults = map[reflect.Type]bool{
	reflect.TypeFor[iam.UpdateRoleOutput]():           true,
	reflect.TypeFor[iam.PutAccountPropertiesOutput](): true,
}

// unions lists the members of the unions in inputs, by name: Go cannot ask
// which types implement an interface.
var unions = map[reflect.Type]map[string]reflect.Type{
	reflect.TypeFor[iamtypes.PolicyIdentifier](): {
		"InlinePolicyIdentifier": reflect.TypeFor[iamtypes.PolicyIdentifierMemberInlinePolicyIdentifier](),
		"PolicyArn":              reflect.TypeFor[iamtypes.PolicyIdentifierMemberPolicyArn](),
		"PolicyType":             reflect.TypeFor[iamtypes.PolicyIdentifierMemberPolicyType](),
	},
}

var timeType = reflect.TypeFor[time.Time]()

// member is a field that is on the wire.
type member struct {
	index int
	name  string
}

// members lists the fields of t that are on the wire, in their order.
func members(t reflect.Type) []member {
	out := make([]member, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Name == "ResultMetadata" {
			continue
		}
		name := f.Name
		if other, ok := wireNames[t][name]; ok {
			name = other
		}
		out = append(out, member{i, name})
	}
	return out
}

func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}
