package bedrockruntime

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"hardpan/internal/wire/rest"
)

// setNumber is a JSON object with the number at a path set, and all else as it
// was. Members whose name differs in case only are left out: what reads them
// would not be limited.
func setNumber(fields rest.Fields, path []string, n int64) ([]byte, error) {
	var inner rest.Fields
	var out bytes.Buffer
	out.WriteByte('{')
	for _, f := range fields {
		if !strings.EqualFold(f.Name, path[0]) {
			if err := member(&out, f.Name, f.Raw); err != nil {
				return nil, err
			}
			continue
		}
		if f.Name == path[0] && len(path) > 1 && string(f.Raw) != "null" {
			var err error
			if inner, err = rest.Top(f.Raw); err != nil {
				return nil, err
			}
		}
	}
	value := strconv.AppendInt(nil, n, 10)
	if len(path) > 1 {
		var err error
		if value, err = setNumber(inner, path[1:], n); err != nil {
			return nil, err
		}
	}
	if err := member(&out, path[0], value); err != nil {
		return nil, err
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func member(out *bytes.Buffer, name string, value []byte) error {
	key, err := json.Marshal(name)
	if err != nil {
		return err
	}
	if out.Len() > 1 {
		out.WriteByte(',')
	}
	out.Write(key)
	out.WriteByte(':')
	out.Write(value)
	return nil
}
