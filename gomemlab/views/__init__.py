"""Pictures of one moment of a world: each view turns a snapshot into a frame and a frame into traits of widgets."""

from gomemlab.views.kernel import keep_every_message

keep_every_message()
