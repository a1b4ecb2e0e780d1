package policy

import (
	"slices"
	"testing"
)

func TestContextKeys(t *testing.T) {
	doc, err := Parse([]byte(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/${*}/${aws:PrincipalTag/team, 'none'}"},
		{"Effect":"Deny","Action":"*","NotResource":"arn:aws:s3:::${aws:userid}","Condition":{
			"StringEquals":{"aws:ResourceTag/UserEmail":"${aws:PrincipalTag/UserEmail}","AWS:Username":"x"},"Bool":{"aws:SecureTransport":false}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"aws:PrincipalTag/team", "aws:PrincipalTag/UserEmail", "aws:ResourceTag/UserEmail", "aws:SecureTransport", "aws:userid", "aws:username"}
	if got := doc.ContextKeys(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	doc.Version = "" // where ${…} is literal text
	if got := doc.ContextKeys(); slices.Contains(got, "aws:userid") || !slices.Contains(got, "aws:SecureTransport") {
		t.Errorf("without variables: %q", got)
	}
}

// A statement's place in the text, from its first brace to behind its last.
func TestStatementEnds(t *testing.T) {
	text := "{\"Version\":\"2012-10-17\",\"Statement\":[\n  {\"Effect\":\"Allow\",\"Action\":\"*\",\n   \"Resource\":\"*\"}\n]}"
	doc, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s := doc.Statements[0]
	if s.Pos.Line != 2 || s.Pos.Column != 3 || s.End.Line != 3 || s.End.Column != 19 || text[s.Pos.Offset] != '{' || text[s.End.Offset-1] != '}' {
		t.Errorf("from %+v to %+v", s.Pos, s.End)
	}
}
