package identity

// KeptSessions counts the compiled sessions.
func (d *Directory) KeptSessions() int {
	n := 0
	for i := range d.sessions {
		n += len(d.sessions[i].held)
	}
	return n
}
