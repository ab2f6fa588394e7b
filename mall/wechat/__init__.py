"""WeChat: the gateway (what we ask of it), its clients, the callbacks, the simulator."""
