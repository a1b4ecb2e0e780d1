package policy

// Size is the length of a document as IAM's quotas count it: characters, without
// white space (IAM User Guide, "IAM and AWS STS quotas").
func Size(text []byte) int {
	n := 0
	for _, c := range string(text) {
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			n++
		}
	}
	return n
}
