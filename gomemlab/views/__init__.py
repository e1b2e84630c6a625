"""Pictures of one moment of a world: each view turns a snapshot into a frame and a frame into traits of widgets."""
