package builtin

import "hardpan/internal/model"

// titanText speaks the body of Amazon Titan Text: one prompt, one text.
type titanText struct{}

type titanTextRequest struct {
	InputText string `json:"inputText"`
	Config    struct {
		MaxTokenCount *int64   `json:"maxTokenCount"`
		StopSequences []string `json:"stopSequences"`
		Temperature   *float64 `json:"temperature"`
		TopP          *float64 `json:"topP"`
	} `json:"textGenerationConfig"`
}

// titanMaxTokens is how much Titan Text says unless maxTokenCount is given
// (Amazon Bedrock User Guide, Amazon Titan Text parameters).
const titanMaxTokens = 512

func (titanText) read(call *model.Call, body []byte) (*conversation, error) {
	if err := knownKeys(body, "inputText", "textGenerationConfig"); err != nil {
		return nil, err
	}
	var in titanTextRequest
	if err := readBody(body, &in); err != nil {
		return nil, err
	}
	if in.InputText == "" {
		return nil, malformed("expected minLength: 1, actual: 0")
	}
	c := &conversation{
		model: call.ModelID, region: call.Region,
		messages:  []message{{"user", []block{{kind: blockText, text: in.InputText}}}},
		maxTokens: titanMaxTokens, stopSequences: in.Config.StopSequences,
	}
	if n := in.Config.MaxTokenCount; n != nil {
		if *n < 1 {
			return nil, malformed("#/textGenerationConfig/maxTokenCount: %d is not greater or equal to 1", *n)
		}
		c.maxTokens = *n
	}
	return c, nil
}

func (titanText) whole(_ *conversation, r *reply) []byte {
	return []byte(mustJSON(map[string]any{
		"inputTextTokenCount": r.input,
		"results": []any{map[string]any{
			"tokenCount": r.output, "outputText": r.text(), "completionReason": titanReason(r),
		}},
	}))
}

func (titanText) chunks(_ *conversation, r *reply) []map[string]any {
	parts := pieces(r.text())
	if len(parts) == 0 {
		parts = []string{""}
	}
	var list []map[string]any
	for i, part := range parts {
		chunk := map[string]any{
			"outputText": part, "index": 0, "inputTextTokenCount": nil,
			"totalOutputTextTokenCount": nil, "completionReason": nil,
		}
		if i == 0 {
			chunk["inputTextTokenCount"] = r.input
		}
		if i == len(parts)-1 {
			chunk["totalOutputTextTokenCount"], chunk["completionReason"] = r.output, titanReason(r)
		}
		list = append(list, chunk)
	}
	return list
}

func titanReason(r *reply) string {
	switch r.stopReason {
	case "max_tokens":
		return "LENGTH"
	case "stop_sequence":
		return "STOP_CRITERIA_MET"
	}
	return "FINISH"
}

// text is all that the reply says in words.
func (r *reply) text() string {
	var text string
	for _, b := range r.blocks {
		text += b.text
	}
	return text
}
