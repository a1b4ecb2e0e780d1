package chat

import (
	"encoding/json"

	"hardpan/internal/wire/rest"
)

// converse is the body of Converse and ConverseStream.
type converse struct{}

// converseMessage and what it holds are Converse's shapes of these names. A
// member that is only named is refused.
type converseMessage struct {
	Role    string          `json:"role"`
	Content []converseBlock `json:"content"`
}

type converseBlock struct {
	Text       *string            `json:"text,omitempty"`
	Image      *converseImage     `json:"image,omitempty"`
	Document   *converseDocument  `json:"document,omitempty"`
	ToolUse    *converseToolUse   `json:"toolUse,omitempty"`
	ToolResult *converseResult    `json:"toolResult,omitempty"`
	Reasoning  *converseReasoning `json:"reasoningContent,omitempty"`
	CachePoint *converseCache     `json:"cachePoint,omitempty"`
	JSON       json.RawMessage    `json:"json,omitempty"` // of a tool's result only
	Citations  *struct {
		Content []struct {
			Text string `json:"text"`
		} `json:"content"`
	} `json:"citationsContent,omitempty"`
	Video        json.RawMessage `json:"video,omitempty"`
	Audio        json.RawMessage `json:"audio,omitempty"`
	GuardContent json.RawMessage `json:"guardContent,omitempty"`
	SearchResult json.RawMessage `json:"searchResult,omitempty"`
}

type converseImage struct {
	Format string         `json:"format"`
	Source converseSource `json:"source"`
}

type converseSource struct {
	Bytes      *string         `json:"bytes"`
	Text       *string         `json:"text"`
	Content    []converseBlock `json:"content"`
	S3Location json.RawMessage `json:"s3Location"`
}

type converseDocument struct {
	Format  string         `json:"format"`
	Name    string         `json:"name"`
	Context string         `json:"context"`
	Source  converseSource `json:"source"`
}

type converseToolUse struct {
	ID    string          `json:"toolUseId"`
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input,omitempty"`
}

type converseResult struct {
	ID      string          `json:"toolUseId"`
	Content []converseBlock `json:"content"`
	Status  string          `json:"status"`
}

type converseReasoning struct {
	Text *struct {
		Text      string `json:"text"`
		Signature string `json:"signature,omitempty"`
	} `json:"reasoningText,omitempty"`
	Redacted string `json:"redactedContent,omitempty"` // base64
}

type converseCache struct {
	TTL string `json:"ttl"`
}

// ttl is a cache point's time to live, five minutes where none is given.
func (c *converseCache) ttl() string {
	if c.TTL == "" {
		return "5m"
	}
	return c.TTL
}

type converseConfig struct {
	MaxTokens   *int64   `json:"maxTokens"`
	Temperature *float64 `json:"temperature"`
	TopP        *float64 `json:"topP"`
	TopK        *int64   `json:"topK"` // Nova's
	Stop        []string `json:"stopSequences"`

	// Nova's older spelling.
	MaxNewTokens *int64   `json:"max_new_tokens"`
	TopPOld      *float64 `json:"top_p"`
	TopKOld      *int64   `json:"top_k"`
}

type converseTools struct {
	Tools []struct {
		Spec *struct {
			Name        string `json:"name"`
			Description string `json:"description"`
			Schema      struct {
				JSON json.RawMessage `json:"json"`
			} `json:"inputSchema"`
			Strict *bool `json:"strict"`
		} `json:"toolSpec"`
		CachePoint *converseCache  `json:"cachePoint"`
		System     json.RawMessage `json:"systemTool"`
	} `json:"tools"`
	Choice *struct {
		Auto *struct{} `json:"auto"`
		Any  *struct{} `json:"any"`
		Tool *struct {
			Name string `json:"name"`
		} `json:"tool"`
	} `json:"toolChoice"`
}

type converseOutput struct {
	Effort string `json:"effort"`
	Format *struct {
		Structure struct {
			JSON *struct {
				Schema      string `json:"schema"`
				Name        string `json:"name"`
				Description string `json:"description"`
			} `json:"jsonSchema"`
		} `json:"structure"`
	} `json:"textFormat"`
}

func (converse) read(e *Entrance, body rest.Fields) (*Request, error) {
	var system []converseBlock
	var messages []converseMessage
	var config converseConfig
	var tools converseTools
	var output converseOutput
	var extra json.RawMessage
	if err := members(body, "system", &system, "messages", &messages, "inferenceConfig", &config, "toolConfig", &tools,
		"outputConfig", &output, "additionalModelRequestFields", &extra, "additionalModelResponseFieldPaths", &e.paths); err != nil {
		return nil, err
	}
	r := &Request{Effort: output.Effort}
	var err error
	if r.System, err = converseRead(system); err != nil {
		return nil, err
	}
	for _, m := range messages {
		blocks, err := converseRead(m.Content)
		if err != nil {
			return nil, err
		}
		r.Messages = append(r.Messages, Message{m.Role, blocks})
	}
	for _, step := range []func() error{
		func() error { return config.apply(r) }, func() error { return tools.apply(r) },
		func() error { return output.apply(r) }, func() error { return r.addExtra(extra) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *Request) addExtra(raw json.RawMessage) error {
	fields, ok := object(raw)
	if !ok {
		return Malformed("#/additionalModelRequestFields: it has to be an object")
	}
	extra, err := rest.Top(fields)
	r.Extra = extra
	return err
}

func (c *converseConfig) apply(r *Request) error {
	r.Temperature, r.TopP, r.TopK, r.Stop = c.Temperature, c.TopP, c.TopK, c.Stop
	if r.TopP == nil {
		r.TopP = c.TopPOld
	}
	if r.TopK == nil {
		r.TopK = c.TopKOld
	}
	if c.MaxTokens == nil {
		c.MaxTokens = c.MaxNewTokens
	}
	return r.limit("inferenceConfig/maxTokens", c.MaxTokens)
}

// limit sets the most tokens to answer with, if a body says so.
func (r *Request) limit(name string, n *int64) error {
	if n == nil {
		return nil
	}
	if *n < 1 {
		return Malformed("#/%s: %d is not greater or equal to 1", name, *n)
	}
	r.MaxTokens = *n
	return nil
}

func (t *converseTools) apply(r *Request) error {
	for _, one := range t.Tools {
		switch {
		case one.Spec != nil:
			schema, ok := object(one.Spec.Schema.JSON)
			if !ok {
				return Malformed("#/toolConfig: the input schema of tool %.64q has to be an object", one.Spec.Name)
			}
			r.Tools = append(r.Tools, Tool{Name: one.Spec.Name, Description: one.Spec.Description, Schema: schema, Strict: one.Spec.Strict})
		case one.CachePoint != nil && len(r.Tools) > 0:
			r.Tools[len(r.Tools)-1].Cache = one.CachePoint.ttl()
		case one.CachePoint == nil:
			return refused("toolConfig's systemTool")
		}
	}
	switch c := t.Choice; {
	case c == nil:
	case c.Any != nil:
		r.Choice.Kind = "any"
	case c.Tool != nil:
		r.Choice = Choice{"tool", c.Tool.Name}
	case c.Auto != nil:
		r.Choice.Kind = "auto"
	}
	return nil
}

func (o *converseOutput) apply(r *Request) error {
	if o.Format == nil {
		return nil
	}
	s := o.Format.Structure.JSON
	if s == nil || !json.Valid([]byte(s.Schema)) {
		return Malformed("#/outputConfig/textFormat: it needs a jsonSchema whose schema is JSON")
	}
	r.Schema = &Schema{Name: s.Name, Description: s.Description, JSON: json.RawMessage(s.Schema)}
	return nil
}
