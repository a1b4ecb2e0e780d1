package condition

import "encoding/base64"

// binary is BinaryEquals: the policy holds base64, which is compared byte for
// byte with the key's value.
type binary struct {
	text  string
	bytes string
	valid bool
}

func newBinary(value string, _ bool) comparison {
	decoded, err := base64.StdEncoding.DecodeString(value)
	return &binary{text: value, bytes: string(decoded), valid: err == nil}
}

func (b *binary) compare(value string, _ *Context) (fits, typed bool) {
	return b.valid && b.bytes == value, b.valid
}

func (b *binary) wanted(*Context) string { return b.text }
