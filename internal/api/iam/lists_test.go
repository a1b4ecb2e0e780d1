package iam_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/identity"
	"hardpan/internal/store"
)

// fill puts n users into the account in one write.
func (w *world) fill(n int) {
	w.t.Helper()
	must(w.t, w.db.Write(context.Background(), account, w.now, func(tx *store.Tx) error {
		for i := range n {
			path := "/even/"
			if i%2 == 1 {
				path = "/odd/"
			}
			err := tx.Put(&identity.User{
				Scope: identity.Scope{Partition: "aws", Account: account}, ID: identity.NewUserID(),
				Name: fmt.Sprintf("User%03d", i), Path: path, Created: tx.Now,
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// names follows the markers to the end; between pages it calls next.
func (w *world) names(in *awsiam.ListUsersInput, next func()) (names []string, pages []int) {
	w.t.Helper()
	for {
		out := call(w.t, w.root.ListUsers, in)
		pages = append(pages, len(out.Users))
		for _, u := range out.Users {
			names = append(names, *u.UserName)
		}
		if out.IsTruncated != (out.Marker != nil) {
			w.t.Fatalf("IsTruncated %v with marker %v", out.IsTruncated, out.Marker)
		}
		if !out.IsTruncated {
			return names, pages
		}
		in.Marker = out.Marker
		next()
	}
}

func TestPages(t *testing.T) {
	w := newWorld(t)
	w.fill(250)
	names, pages := w.names(&awsiam.ListUsersInput{}, func() {})
	equal(t, "pages", fmt.Sprint(pages), "[100 100 50]")
	if len(names) != 250 || !slices.IsSorted(names) {
		t.Errorf("%d names", len(names))
	}
	_, pages = w.names(&awsiam.ListUsersInput{MaxItems: aws.Int32(125)}, func() {})
	equal(t, "no empty last page", fmt.Sprint(pages), "[125 125]")
	names, _ = w.names(&awsiam.ListUsersInput{PathPrefix: aws.String("/odd/"), MaxItems: aws.Int32(7)}, func() {})
	equal(t, "below a path", len(names), 125)
	names, _ = w.names(&awsiam.ListUsersInput{PathPrefix: aws.String("/none/")}, func() {})
	equal(t, "below no path", len(names), 0)
}

func TestPagesAreStable(t *testing.T) {
	w := newWorld(t)
	w.fill(30)
	i := 0
	names, _ := w.names(&awsiam.ListUsersInput{MaxItems: aws.Int32(10)}, func() {
		// Before the marker, and the entry that the marker names.
		call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String(fmt.Sprintf("A%d", i))})
		call(t, w.root.DeleteUser, &awsiam.DeleteUserInput{UserName: aws.String(fmt.Sprintf("User%03d", 9+10*i))})
		i++
	})
	equal(t, "each once", len(names), 30)
	equal(t, "in order", slices.IsSorted(names), true)
}

func TestPageParameters(t *testing.T) {
	w := newWorld(t)
	for n, text := range map[int32]string{0: "greater than or equal to 1", 1001: "less than or equal to 1000"} {
		refuse(t, w.root.ListUsers, &awsiam.ListUsersInput{MaxItems: &n}, 400, "ValidationError",
			fmt.Sprintf("1 validation error detected: Value '%d' at 'maxItems' failed to satisfy constraint: Member must have value %s", n, text))
	}
	for _, marker := range []string{"User001", "!", "1", base64.RawURLEncoding.EncodeToString([]byte("2x"))} {
		refuse(t, w.root.ListUsers, &awsiam.ListUsersInput{Marker: &marker}, 400, "ValidationError", "")
	}
	call(t, w.root.ListUsers, &awsiam.ListUsersInput{MaxItems: aws.Int32(1000)})
}

func TestGroups(t *testing.T) {
	w := newWorld(t)
	w.fill(12)
	made := call(t, w.root.CreateGroup, &awsiam.CreateGroupInput{GroupName: aws.String("Team"), Path: aws.String("/t/")}).Group
	equal(t, "arn", *made.Arn, "arn:aws:iam::"+account+":group/t/Team")
	refuse(t, w.root.CreateGroup, &awsiam.CreateGroupInput{GroupName: aws.String("team")}, 409, "EntityAlreadyExists", "Group with name team already exists.")
	for i := range 12 {
		call(t, w.root.AddUserToGroup, &awsiam.AddUserToGroupInput{GroupName: aws.String("Team"), UserName: aws.String(fmt.Sprintf("User%03d", i))})
	}
	call(t, w.root.AddUserToGroup, &awsiam.AddUserToGroupInput{GroupName: aws.String("Team"), UserName: aws.String("User000")}) // again
	first := call(t, w.root.GetGroup, &awsiam.GetGroupInput{GroupName: aws.String("team"), MaxItems: aws.Int32(8)})
	second := call(t, w.root.GetGroup, &awsiam.GetGroupInput{GroupName: aws.String("team"), Marker: first.Marker})
	equal(t, "members", fmt.Sprint(len(first.Users), len(second.Users), second.IsTruncated), "8 4 false")

	// What the group may, its members may.
	call(t, w.root.PutGroupPolicy, &awsiam.PutGroupPolicyInput{GroupName: aws.String("Team"), PolicyName: aws.String("p"), PolicyDocument: aws.String(allow("*", "iam:ListGroups"))})
	member := w.asUser("User003")
	equal(t, "groups", len(call(t, member.ListGroups, &awsiam.ListGroupsInput{}).Groups), 1)
	call(t, w.root.RemoveUserFromGroup, &awsiam.RemoveUserFromGroupInput{GroupName: aws.String("Team"), UserName: aws.String("User003")})
	refuse(t, member.ListGroups, &awsiam.ListGroupsInput{}, 403, "AccessDenied", "")

	call(t, w.root.UpdateGroup, &awsiam.UpdateGroupInput{GroupName: aws.String("Team"), NewGroupName: aws.String("Crew")})
	groups := call(t, w.root.ListGroupsForUser, &awsiam.ListGroupsForUserInput{UserName: aws.String("User000")}).Groups
	equal(t, "renamed", *groups[0].Arn, "arn:aws:iam::"+account+":group/t/Crew")
	for i := range 9 {
		name := aws.String(fmt.Sprintf("g%d", i))
		call(t, w.root.CreateGroup, &awsiam.CreateGroupInput{GroupName: name})
		call(t, w.root.AddUserToGroup, &awsiam.AddUserToGroupInput{GroupName: name, UserName: aws.String("User000")})
	}
	refuse(t, w.root.UpdateGroup, &awsiam.UpdateGroupInput{GroupName: aws.String("g1"), NewGroupName: aws.String("G2")}, 409, "EntityAlreadyExists", "")
	call(t, w.root.CreateGroup, &awsiam.CreateGroupInput{GroupName: aws.String("g11")})
	refuse(t, w.root.AddUserToGroup, &awsiam.AddUserToGroupInput{GroupName: aws.String("g11"), UserName: aws.String("User000")}, 409, "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10")
	refuse(t, w.root.AddUserToGroup, &awsiam.AddUserToGroupInput{GroupName: aws.String("none"), UserName: aws.String("User000")}, 404, "NoSuchEntity", "The group with name none cannot be found.")
	refuse(t, w.root.RemoveUserFromGroup, &awsiam.RemoveUserFromGroupInput{GroupName: aws.String("g1"), UserName: aws.String("none")}, 404, "NoSuchEntity", "The user with name none cannot be found.")
	call(t, w.root.DeleteGroup, &awsiam.DeleteGroupInput{GroupName: aws.String("g11")})
	equal(t, "groups left", len(call(t, w.root.ListGroups, &awsiam.ListGroupsInput{}).Groups), 10)
}

func TestAccount(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	call(t, w.root.CreateAccountAlias, &awsiam.CreateAccountAliasInput{AccountAlias: aws.String("hard-pan")})
	equal(t, "alias", strings.Join(call(t, w.root.ListAccountAliases, &awsiam.ListAccountAliasesInput{}).AccountAliases, ","), "hard-pan")
	other := w.newAccount("210987654321")
	refuse(t, other.CreateAccountAlias, &awsiam.CreateAccountAliasInput{AccountAlias: aws.String("hard-pan")}, 409, "EntityAlreadyExists", "The account alias hard-pan already exists.")
	refuse(t, other.CreateAccountAlias, &awsiam.CreateAccountAliasInput{AccountAlias: aws.String("a--b")}, 400, "ValidationError", "")
	refuse(t, w.root.DeleteAccountAlias, &awsiam.DeleteAccountAliasInput{AccountAlias: aws.String("other")}, 404, "NoSuchEntity", "")
	call(t, w.root.DeleteAccountAlias, &awsiam.DeleteAccountAliasInput{AccountAlias: aws.String("hard-pan")})
	equal(t, "no alias", len(call(t, w.root.ListAccountAliases, &awsiam.ListAccountAliasesInput{}).AccountAliases), 0)
	summary := call(t, w.root.GetAccountSummary, &awsiam.GetAccountSummaryInput{}).SummaryMap
	equal(t, "users", summary["Users"], 3)
	equal(t, "root's keys", summary["AccountAccessKeysPresent"], 1)
}
