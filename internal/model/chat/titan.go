package chat

import (
	"hardpan/internal/usage"
	"hardpan/internal/wire/rest"
)

// titan is the body of Amazon Titan Text: one prompt, one text (Amazon Bedrock
// User Guide, Amazon Titan Text models).
type titan struct{}

// titanMaxTokens is how much Titan Text says unless maxTokenCount is given.
const titanMaxTokens = 512

func (titan) read(_ *Entrance, body rest.Fields) (*Request, error) {
	var prompt string
	var config struct {
		MaxTokens   *int64   `json:"maxTokenCount"`
		Stop        []string `json:"stopSequences"`
		Temperature *float64 `json:"temperature"`
		TopP        *float64 `json:"topP"`
	}
	if err := members(body, "inputText", &prompt, "textGenerationConfig", &config); err != nil {
		return nil, err
	}
	if prompt == "" {
		return nil, Malformed("#: required key [inputText] not found")
	}
	r := &Request{
		Messages: plainPrompt(prompt), MaxTokens: titanMaxTokens, Stop: config.Stop,
		Temperature: config.Temperature, TopP: config.TopP,
	}
	return r, r.limit("textGenerationConfig/maxTokenCount", config.MaxTokens)
}

type titanAnswer struct {
	Input   int64         `json:"inputTextTokenCount"`
	Results []titanResult `json:"results"`
}

type titanResult struct {
	Output int64  `json:"tokenCount"`
	Text   string `json:"outputText"`
	Reason string `json:"completionReason"`
}

type titanChunk struct {
	Text    string   `json:"outputText"`
	Index   int      `json:"index"`
	Input   *int64   `json:"inputTextTokenCount"`
	Output  *int64   `json:"totalOutputTextTokenCount"`
	Reason  *string  `json:"completionReason"`
	Metrics *Metrics `json:"amazon-bedrock-invocationMetrics,omitempty"`
}

func titanReason(s Stop) string {
	switch s {
	case MaxTokens:
		return "LENGTH"
	case AtSequence:
		return "STOP_CRITERIA_MET"
	case Filtered:
		return "CONTENT_FILTERED"
	}
	return "FINISH"
}

func titanInput(u usage.Tokens) int64 { return u.Input + u.CacheRead + u.CacheWrite }

func (titan) whole(_ *Entrance, r *Reply) any {
	return titanAnswer{titanInput(r.Usage), []titanResult{{r.Usage.Output, r.text(), titanReason(r.Stop)}}}
}

func (titan) event(dst []byte, e *Entrance, ev *Event) ([]byte, error) {
	switch {
	case ev.Kind == Delta && ev.Block.Kind == Text:
		return chunk(dst, &titanChunk{Text: ev.Block.Text})
	case ev.Kind == Finish:
		input, reason := titanInput(ev.Usage), titanReason(ev.Stop)
		return chunk(dst, &titanChunk{Input: &input, Output: &ev.Usage.Output, Reason: &reason, Metrics: e.metrics(ev.Usage)})
	}
	return dst, nil
}
