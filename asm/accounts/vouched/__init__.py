"""Hosts whom an identity provider vouches for, where the deployment names one."""
