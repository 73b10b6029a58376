// SPDX-License-Identifier: MPL-2.0

// Package action has the provider's actions, one file each, named as its type. An action has no
// state: what it does is told in lines of progress, and it ends with success or an error. Terraform
// runs actions since version 1.14.
package action

import "github.com/hashicorp/terraform-plugin-framework/action"

// All lists the constructors of the actions.
func All() []func() action.Action {
	return []func() action.Action{NewSendCommand, NewCancelCommand}
}
