"""The human gate between a sample and the big spend: who may pass, what an approval is bound to, and the canary."""
