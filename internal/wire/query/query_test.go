package query_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"hardpan/internal/awserr"
	"hardpan/internal/wire/query"
)

var contains = strings.Contains

func TestDecodeListsByTheirIndex(t *testing.T) {
	form, _ := url.ParseQuery("Action=CreateUser&UserName=ana&Unknown.x=1" +
		"&Tags.member.10.Key=c&Tags.member.10.Value=3&Tags.member.2.Key=a&Tags.member.2.Value=1&Tags.member.9.Key=b&Tags.member.9.Value=2")
	var in iam.CreateUserInput
	if err := query.Decode(form, &in); err != nil {
		t.Fatal(err)
	}
	var keys string
	for _, tag := range in.Tags {
		keys += *tag.Key + *tag.Value
	}
	if *in.UserName != "ana" || keys != "a1b2c3" {
		t.Errorf("got user %s, tags %s", *in.UserName, keys)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, text := range []string{
		"MaxItems=many", "MaxItems=4294967296", "MaxItems=", "MaxItems=1&MaxItems=2",
		"MaxItems.member.1=1",
	} {
		wantCode(t, query.Decode(parse(t, text), &iam.ListUsersInput{}), "MalformedInput")
	}
	for _, text := range []string{
		"Tags=x", "Tags.member.0.Key=a", "Tags.member.-1.Key=a", "Tags.member.x.Key=a",
		"Tags.member.99999999999999999999.Key=a", "Tags.member.10001.Key=a", "Tags.member.01.Key=a",
		"UserName.member.1=x",
	} {
		wantCode(t, query.Decode(parse(t, text), &iam.CreateUserInput{}), "MalformedInput")
	}
	wantCode(t, query.Decode(parse(t, "SetAsDefault=perhaps"), &iam.CreatePolicyVersionInput{}), "MalformedInput")
	many := url.Values{}
	for i := range query.MaxParameters + 1 {
		many["p"+strconv.Itoa(i)] = []string{""}
	}
	wantCode(t, query.Decode(many, &iam.ListUsersInput{}), "ValidationError")
}

func TestDecodeIgnoresNamesThatNoOperationHas(t *testing.T) {
	form := url.Values{strings.Repeat("a.", 100_000): {""}, strings.Repeat("b", 100_000): {""}, "": {""}, "..": {""}}
	if err := query.Decode(form, &iam.ListUsersInput{}); err != nil {
		t.Error(err)
	}
}

func TestEncodeText(t *testing.T) {
	body, err := query.Encode("ListUsers", query.IAMNamespace, "req-1",
		&iam.ListUsersOutput{Users: []types.User{}, IsTruncated: false})
	if err != nil {
		t.Fatal(err)
	}
	want := `<ListUsersResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListUsersResult><Users></Users><IsTruncated>false</IsTruncated></ListUsersResult><ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata></ListUsersResponse>`
	if string(body) != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
	body, err = query.Encode("DeleteUser", query.IAMNamespace, "req-1", &iam.DeleteUserOutput{})
	if err != nil || contains(string(body), "Result") {
		t.Errorf("an operation without an output has the body %s, %v", body, err)
	}
}

func TestEncodeReplacesWhatXMLCannotHold(t *testing.T) {
	body, err := query.Encode("GetCallerIdentity", query.STSNamespace, "r", &sts.GetCallerIdentityOutput{Account: aws.String("a\x00\xff]]>b")})
	if err != nil {
		t.Fatal(err)
	}
	dec := xml.NewDecoder(strings.NewReader(string(body)))
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
	}
}

func TestErrorText(t *testing.T) {
	got := string(query.Error(query.STSNamespace, "req-1", awserr.New("AccessDenied", 403, "no <one>")))
	want := `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no &lt;one&gt;</Message></Error><RequestId>req-1</RequestId></ErrorResponse>`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if ours := query.Error(query.STSNamespace, "r", awserr.Internal(errors.New("disk"))); !contains(string(ours), "<Type>Receiver</Type>") || contains(string(ours), "disk") {
		t.Errorf("got %s", ours)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"Action=CreateUser&UserName=a&Tags.member.1.Key=k&Tags.member.1.Value=v",
		"Tags=&Path=%00", "Tags.member.1=x&Tags.member.1.Key=y", "Tags.member.99.Key.x.y=1", "...=1",
		"PolicyExclusionList.member.1.PolicyArn=x&PolicyExclusionList.member.1.PolicyType=y",
		"ReplacementValues.entry.1.key=a&ReplacementValues.entry.1.value.Values.member.1=b",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		form, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		for _, in := range []any{&iam.CreateUserInput{}, &iam.SimulatePrincipalPolicyInput{}, &iam.AcquireRoleInput{}} {
			var e *awserr.Error
			if err := query.Decode(form, in); err != nil && !errors.As(err, &e) {
				t.Errorf("%v is not an AWS error", err)
			}
		}
	})
}

func parse(t *testing.T, text string) url.Values {
	t.Helper()
	form, err := url.ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	return form
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e *awserr.Error
	if !errors.As(err, &e) || e.Code != code || e.Status != 400 {
		t.Errorf("got %v, want %s", err, code)
	}
}
