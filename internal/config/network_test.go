package config

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestNetworks(t *testing.T) {
	want := []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.168.1.7/32"), netip.MustParsePrefix("fd00::/8"), netip.MustParsePrefix("::1/128"),
	}
	c, err := Parse("hardpan.yaml", []byte(`allow_upstream: [10.0.0.0/8, 192.168.1.7, "fd00::/8", "::1"]`))
	if err != nil || !slices.Equal(c.AllowUpstream.Prefixes(), want) {
		t.Errorf("%v, %v", c, err)
	}
	fs := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	AddFlags(fs)
	if err := fs.Parse([]string{"--allow-upstream", "10.0.0.0/8, 192.168.1.7,fd00::/8,::1"}); err != nil {
		t.Fatal(err)
	}
	none := func(string) (string, bool) { return "", false }
	if c, err = Resolve(fs, none); err != nil || !slices.Equal(c.AllowUpstream.Prefixes(), want) {
		t.Errorf("%v, %v", c, err)
	}
	if n := len(Default().AllowUpstream.Prefixes()); n != 0 {
		t.Errorf("%d networks are allowed by default", n)
	}
}

func TestWhatIsNoNetwork(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.0/33":        "is no network; write it as 10.0.0.0/8",
		"10.1.2.3/8":         "has bits behind its prefix; write 10.0.0.0/8",
		"intern.example.com": "is no network",
		"fe80::1%eth0":       "is no network",
		"*":                  "is no network",
	} {
		_, err := Parse("hardpan.yaml", []byte("allow_upstream:\n  - 127.0.0.0/8\n  - \""+text+"\"\n"))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "hardpan.yaml:3:") {
			t.Errorf("%s: %v", text, err)
		}
		fs := pflag.NewFlagSet("serve", pflag.ContinueOnError)
		AddFlags(fs)
		if err := fs.Parse([]string{"--allow-upstream", text}); err != nil {
			t.Fatal(err)
		}
		if _, err := Resolve(fs, func(string) (string, bool) { return "", false }); err == nil || !strings.Contains(err.Error(), "--allow-upstream: ") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
