package iam

import (
	"context"
	"crypto/subtle"
	"fmt"
	"strings"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/uuid"

	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// DeleteServiceLinkedRole deletes at once, since no service here uses its role
// behind the caller's back, and answers with the id of a task as AWS does. The
// id is stored nowhere: it is derived, so that only ids that were handed out are
// answered.

var (
	_ = op.Add(&table, (*Service).deleteServiceLinkedRole, rule("iam:DeleteServiceLinkedRole", op.Write,
		func(p *plan, in *awsiam.DeleteServiceLinkedRoleInput) {
			p.role(in.RoleName)
			if in.RoleName != nil {
				if r, ok := p.state.Role(*in.RoleName); ok && serviceOf(r) != "" {
					p.key("iam:AWSServiceName", serviceOf(r))
				}
			}
		}))

	_ = op.Add(&table, (*Service).getServiceLinkedRoleDeletionStatus, rule("iam:GetServiceLinkedRoleDeletionStatus", op.Read,
		func(p *plan, in *awsiam.GetServiceLinkedRoleDeletionStatusInput) {
			p.required("deletionTaskId", in.DeletionTaskId, deletionTaskRule)
			if in.DeletionTaskId == nil {
				return
			}
			service, name, ok := deletionTask(*in.DeletionTaskId)
			if !ok {
				p.refuse(noDeletionTask(*in.DeletionTaskId))
			}
			p.on(p.arn("role", serviceLinkedPath+service+"/", name))
		}))
)

func (s *Service) deleteServiceLinkedRole(ctx context.Context, c *op.Call, in *awsiam.DeleteServiceLinkedRoleInput) (*awsiam.DeleteServiceLinkedRoleOutput, error) {
	out := &awsiam.DeleteServiceLinkedRoleOutput{}
	err := s.write(ctx, c, func(tx *store.Tx) error {
		role, err := findRole(tx.State(), *in.RoleName)
		if err != nil {
			return err
		}
		if serviceOf(role) == "" {
			return notFound("service-linked role", *in.RoleName)
		}
		id, err := s.deletionTaskID(c.Account, serviceOf(role), role.Name)
		if err != nil {
			return err
		}
		out.DeletionTaskId = &id
		return deleteRole(tx, role)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) getServiceLinkedRoleDeletionStatus(_ context.Context, c *op.Call, in *awsiam.GetServiceLinkedRoleDeletionStatusInput) (*awsiam.GetServiceLinkedRoleDeletionStatusOutput, error) {
	service, name, _ := deletionTask(*in.DeletionTaskId)
	id, err := s.deletionTaskID(c.Account, service, name)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare([]byte(id), []byte(*in.DeletionTaskId)) != 1 {
		return nil, noDeletionTask(*in.DeletionTaskId)
	}
	return &awsiam.GetServiceLinkedRoleDeletionStatusOutput{Status: types.DeletionTaskStatusTypeSucceeded}, nil
}

// deletionTask is the service and the role in a task's id.
func deletionTask(id string) (service, role string, ok bool) {
	parts := strings.Split(id, "/")
	if len(parts) != 5 || parts[0]+"/"+parts[1] != "task/aws-service-role" {
		return "", "", false
	}
	return parts[2], parts[3], true
}

// deletionTaskID is task/aws-service-role/SERVICE/ROLE/UUID.
func (s *Service) deletionTaskID(account, service, role string) (string, error) {
	derived, err := s.Box.Derive("service-linked role deletion v1", []byte(account+"\x00"+service+"\x00"+identity.FoldName(role)))
	if err != nil {
		return "", fmt.Errorf("making a deletion task's id: %w", err)
	}
	task, err := uuid.FromBytes(derived[:16])
	if err != nil {
		return "", fmt.Errorf("making a deletion task's id: %w", err)
	}
	return "task" + serviceLinkedPath + service + "/" + role + "/" + task.String(), nil
}

func noDeletionTask(id string) *awserr.Error {
	return noSuchEntity("The deletion task %s cannot be found.", clip(id))
}
