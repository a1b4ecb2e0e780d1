package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// What belongs to a user, each part deleted and counted. A list that is cut is
// asked for again after its part is gone, so there are no markers to follow.

func (c *client) deleteKeysOf(ctx context.Context, user string) (int, error) {
	keys, err := c.keys(ctx, user)
	if err != nil {
		return 0, err
	}
	for _, key := range keys {
		if err := c.deleteKey(ctx, key); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}

func (c *client) deleteAccessKeysOf(ctx context.Context, user string) (int, error) {
	for count := 0; ; {
		out, err := c.iam().ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &user})
		if err != nil {
			return 0, err
		}
		for _, key := range out.AccessKeyMetadata {
			if _, err := c.iam().DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: &user, AccessKeyId: key.AccessKeyId}); err != nil {
				return 0, err
			}
			count++
		}
		if !out.IsTruncated {
			return count, nil
		}
	}
}

func (c *client) deletePoliciesOf(ctx context.Context, user string) (int, error) {
	for count := 0; ; {
		out, err := c.iam().ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: &user})
		if err != nil {
			return 0, err
		}
		for _, name := range out.PolicyNames {
			if _, err := c.iam().DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: &user, PolicyName: &name}); err != nil {
				return 0, err
			}
			count++
		}
		if !out.IsTruncated {
			return count, nil
		}
	}
}

func (c *client) detachPoliciesOf(ctx context.Context, user string) (int, error) {
	for count := 0; ; {
		out, err := c.iam().ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: &user})
		if err != nil {
			return 0, err
		}
		for _, policy := range out.AttachedPolicies {
			if _, err := c.iam().DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: &user, PolicyArn: policy.PolicyArn}); err != nil {
				return 0, err
			}
			count++
		}
		if !out.IsTruncated {
			return count, nil
		}
	}
}

func (c *client) leaveGroups(ctx context.Context, user string) (int, error) {
	for count := 0; ; {
		out, err := c.iam().ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: &user})
		if err != nil {
			return 0, err
		}
		for _, group := range out.Groups {
			if _, err := c.iam().RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{UserName: &user, GroupName: group.GroupName}); err != nil {
				return 0, err
			}
			count++
		}
		if !out.IsTruncated {
			return count, nil
		}
	}
}
