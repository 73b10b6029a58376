package provider_test

import (
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m) }
