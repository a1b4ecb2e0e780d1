package bedrockruntime

import (
	"hardpan/internal/bodies"
	"hardpan/internal/op"
)

// keepRequest keeps the body of a call that no model answered, where bodies are
// wanted.
func (s *Service) keepRequest(c *op.Call) {
	if s.Bodies != nil {
		s.Bodies.Put(c.ID, bodies.Call{Request: requestBody(c)})
	}
}

// keepBodies keeps the bodies of a call once its answer's end is known, where
// bodies are wanted.
func (s *Service) keepBodies(c *op.Call, r *op.Response) *op.Response {
	if s.Bodies == nil {
		return r
	}
	passing := bodies.Watch(r.Stream, r.Header.Get("Content-Type"))
	done := r.Done
	r.Stream, r.Done = passing, func(cut error) {
		s.Bodies.Put(c.ID, bodies.Call{Request: requestBody(c), Answer: passing.Body()})
		done(cut)
	}
	return r
}

// requestBody is what the caller sent, also where a budget has changed what the
// model is asked.
func requestBody(c *op.Call) bodies.Body { return bodies.Of(c.Header.Get("Content-Type"), c.Body) }
