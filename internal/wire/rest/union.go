package rest

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/aws/smithy-go"

	bedrock "github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	runtime "github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
)

// Go cannot ask which types implement an interface, so the members of a union
// are listed here: those that a top-level input holds, and all that a module
// without schemas uses. The SDK reads the unions inside its own structs.
var unions = join(
	union[runtime.CountTokensInput](
		runtime.CountTokensInputMemberConverse{}, runtime.CountTokensInputMemberInvokeModel{}),
	union[runtime.GuardrailContentBlock](
		runtime.GuardrailContentBlockMemberImage{}, runtime.GuardrailContentBlockMemberText{}),
	union[runtime.PromptVariableValues](
		runtime.PromptVariableValuesMemberText{}),
	union[runtime.SystemContentBlock](
		runtime.SystemContentBlockMemberCachePoint{}, runtime.SystemContentBlockMemberGuardContent{},
		runtime.SystemContentBlockMemberText{}),
	union[runtime.AsyncInvokeOutputDataConfig](
		runtime.AsyncInvokeOutputDataConfigMemberS3OutputDataConfig{}),
	union[bedrock.InferenceProfileModelSource](
		bedrock.InferenceProfileModelSourceMemberCopyFrom{}),
	agentcoreUnions,
)

// A document is read by an SDK type that holds one, since its constructor for
// decoded values is internal.
var documents = map[reflect.Type]func(smithy.ShapeDeserializer) (any, error){
	reflect.TypeFor[document.Interface](): func(d smithy.ShapeDeserializer) (any, error) {
		var m runtime.ToolInputSchemaMemberJson
		err := m.Deserialize(d)
		return m.Value, err
	},
}

type unionMembers map[reflect.Type]map[string]reflect.Type // by upper-case member name

// union lists the members of U, whose types are named "<U>Member<Name>".
func union[U any](members ...any) unionMembers {
	t := reflect.TypeFor[U]()
	byName := map[string]reflect.Type{}
	for _, m := range members {
		mt := reflect.TypeOf(m)
		name, ok := strings.CutPrefix(mt.Name(), t.Name()+"Member")
		if !ok || !reflect.PointerTo(mt).Implements(t) {
			panic(fmt.Sprintf("rest: %s is no member of the union %s", mt, t))
		}
		byName[name] = mt
	}
	return unionMembers{t: byName}
}

func join(all ...unionMembers) unionMembers {
	out := unionMembers{}
	for _, one := range all {
		for t, members := range one {
			out[t] = members
		}
	}
	return out
}
