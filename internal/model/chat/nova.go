package chat

import "hardpan/internal/wire/rest"

// nova is the messages-v1 body of Amazon Nova: Converse's but for the older
// spelling of some parameters, and a stream whose events carry their names.
type nova struct{}

func (nova) read(e *Entrance, body rest.Fields) (*Request, error) { return converse{}.read(e, body) }

func (nova) whole(_ *Entrance, r *Reply) any {
	a := converseAnswer{Stop: r.Stop, Usage: newConverseUsage(r.Usage)}
	a.Output.Message = converseMessage{Role: "assistant", Content: converseBlocks(r.Blocks)}
	return a
}

func (nova) event(dst []byte, e *Entrance, ev *Event) ([]byte, error) {
	for _, one := range e.converseEvents(ev) {
		body := map[string]any{one.name: &one.payload}
		if one.name == "metadata" {
			one.payload.Metrics = nil
			body["amazon-bedrock-invocationMetrics"] = e.metrics(ev.Usage)
		}
		var err error
		if dst, err = chunk(dst, body); err != nil {
			return dst, err
		}
	}
	return dst, nil
}
