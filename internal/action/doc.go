// SPDX-License-Identifier: MPL-2.0

// Package action has the provider's actions, one file each, named as its type. An action has no
// state: it reports its progress in lines that Terraform shows, and ends with success or an error.
// Terraform supports actions since version 1.14.
package action
