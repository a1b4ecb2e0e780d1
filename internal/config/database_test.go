package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDatabaseURL(t *testing.T) {
	file := filepath.Join(t.TempDir(), "url")
	const url = "postgres://hardpan:hunter2@db/hardpan?sslpassword=hunter2"
	if err := os.WriteFile(file, []byte(url+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	getenv := func(name string) (string, bool) {
		v, ok := map[string]string{"URL": url, "OTHER": "mysql://hunter2@db"}[name]
		return v, ok
	}
	for _, d := range []DatabaseURL{url, "env:URL", DatabaseURL("file:" + file)} {
		if got, err := d.Resolve(getenv); got != url || err != nil || !d.valid() {
			t.Errorf("%s resolves to %q, %v", d, got, err)
		}
	}
	if got, err := DatabaseURL("").Resolve(getenv); got != "" || err != nil {
		t.Errorf("none resolves to %q, %v", got, err)
	}
	for _, d := range []DatabaseURL{"env:NONE", "env:OTHER", "file:/nowhere/at/all"} {
		if got, err := d.Resolve(getenv); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s resolves to %q, %v", d, got, err)
		}
	}
	for _, d := range []DatabaseURL{url, "postgre://x:hunter2@db", "postgres://x:hunter2@db:port/x", "hunter2"} {
		text, err := json.Marshal(d)
		if said := fmt.Sprintf("%v %s %q %#v %+v %s", d, d, d, d, struct{ D DatabaseURL }{d}, text); err != nil || strings.Contains(said, "hunter2") {
			t.Errorf("the password is printed: %s, %v", said, err)
		}
	}
}
