package rollup

// opens are the calls that have begun and not ended, with the record that says
// so. Their number is that of the calls under way.
type opens struct {
	seq   map[string]uint64
	order []begun // ascending; those that ended are dropped from the front
}

type begun struct {
	seq uint64
	id  string
}

func newOpens() opens { return opens{seq: map[string]uint64{}} }

func (o *opens) begin(id string, seq uint64) {
	o.seq[id] = seq
	o.order = append(o.order, begun{seq, id})
}

func (o *opens) end(id string) { delete(o.seq, id) }

// oldest returns the first record of a call that has not ended, or 0.
func (o *opens) oldest() uint64 {
	for len(o.order) > 0 {
		first := o.order[0]
		if o.seq[first.id] == first.seq {
			break
		}
		o.order = o.order[1:]
	}
	if len(o.order) == 0 {
		o.order = nil // frees what lies before
		return 0
	}
	return o.order[0].seq
}
