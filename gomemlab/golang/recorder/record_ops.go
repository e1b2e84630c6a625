// This file joins a program that imports gomemlab/oplog, so that its op log is written at the end.

package main

import gomemlabOplog "gomemlab/oplog"

func init() { gomemlabSaveOps = gomemlabOplog.Save }
