package server

import (
	"hardpan/internal/audit"
	"hardpan/internal/bodies"
	"hardpan/internal/cloudtrail"
)

// openInvocations opens the files in the form of Bedrock's model invocation log, if
// there is a folder for them, and keeps what has to go into them beside the
// journal's events: prompts and answers, if the operator wants them there.
func (s *Server) openInvocations() error {
	var wrote func()
	if s.opt.Invocations != "" && s.opt.InvocationBodies {
		s.bodies = bodies.NewShelf(bodies.Room)
		s.metrics.unkeptBodies(s.bodies.Dropped)
		wrote = s.bodies.Forget
		s.opt.Log.Warn("prompts and answers are written to the files of invocations, as audit.invocation_bodies says", "folder", s.opt.Invocations)
	}
	return s.openTrail(s.opt.Invocations, "invocations", s.invocation, wrote)
}

// invocation makes the record of a call, nil of one that is no call of a model.
func (s *Server) invocation(e *audit.Event) any {
	i := cloudtrail.InvocationOf(e)
	if i == nil {
		return nil
	}
	if s.bodies != nil {
		i.AddBodies(s.bodies.Read(e.ID))
	}
	return i
}
