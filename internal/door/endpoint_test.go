package door

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestLocate(t *testing.T) {
	known := func(prefix string) bool {
		return map[string]bool{"bedrock": true, "bedrock-runtime": true, "sts": true}[prefix]
	}
	for _, tt := range []struct{ name, host, path, api, region, from, rest string }{
		{"nothing said", "127.0.0.1:8642", "/model/m/invoke", "", "", "", "/model/m/invoke"},
		{"AWS's host", "bedrock-runtime.eu-west-1.amazonaws.com", "/model/m/invoke", "bedrock-runtime", "eu-west-1", "host", "/model/m/invoke"},
		{"AWS's host with a port", "bedrock.us-gov-west-1.example.com:443", "/", "bedrock", "us-gov-west-1", "host", "/"},
		{"host without a region", "sts.amazonaws.com", "/", "sts", "", "", "/"},
		{"host of nothing else", "bedrock-runtime.eu-west-1", "/", "bedrock-runtime", "eu-west-1", "host", "/"},
		{"host in capitals", "STS.US-EAST-1.amazonaws.com", "/", "sts", "us-east-1", "host", "/"},
		{"unknown service", "s3.us-east-1.amazonaws.com", "/", "", "", "", "/"},
		{"a name of the operator's", "bedrock.corp.example.com", "/", "", "", "", "/"},
		{"a name that is only a service", "sts", "/", "", "", "", "/"},
		{"a name that begins like one", "bedrockish.example.com", "/", "", "", "", "/"},
		{"path", "localhost:8642", "/regions/ap-northeast-1/model/m/invoke", "", "ap-northeast-1", "path", "/model/m/invoke"},
		{"path alone", "localhost", "/regions/us-west-2", "", "us-west-2", "path", "/"},
		{"host and path", "bedrock.us-east-1.example.com", "/regions/us-east-1/x", "bedrock", "us-east-1", "host", "/x"},
		{"escapes stay", "localhost", "/regions/us-west-2/model/a%3Ab%2Fc/invoke", "", "us-west-2", "path", "/model/a%3Ab%2Fc/invoke"},
		{"IPv6", "[::1]:8642", "/", "", "", "", "/"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, tt.path, nil)
			r.Host = tt.host
			got := locate(r, known)
			want := endpoint{api: tt.api, region: tt.region, regionFrom: tt.from, path: tt.rest}
			if got != want {
				t.Errorf("locate(%s%s) = %+v, want %+v", tt.host, tt.path, got, want)
			}
		})
	}
}

func TestLocateSeesAClash(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/regions/us-west-2/x", nil)
	r.Host = "bedrock.us-east-1.example.com"
	e := locate(r, func(string) bool { return true })
	if !e.disagree("us-east-1") || !e.disagree("us-west-2") {
		t.Errorf("%+v agrees with one of two different regions", e)
	}
}

func TestLRUForgetsTheOldest(t *testing.T) {
	c := newLRU[string, int](2)
	c.put("a", 1)
	c.put("b", 2)
	c.get("a")
	c.put("c", 3)
	if _, ok := c.get("b"); ok {
		t.Error("b was used longest ago and is still there")
	}
	for key, want := range map[string]int{"a": 1, "c": 3} {
		if got, ok := c.get(key); !ok || got != want {
			t.Errorf("get(%s) = %d, %v, want %d", key, got, ok, want)
		}
	}
	c.put("a", 4)
	if got, _ := c.get("a"); got != 4 {
		t.Errorf("a = %d after it was put again, want 4", got)
	}
}
