"""What the benchmarks of whole networks share: credit records, written over RPC to nodes that people start by hand.

Client.java   a program that stays connected to nodes and writes records
client        that program, as it is asked from here
by_hand       genuine nodes as processes in Corda's image, with everything ready that a node needs to start
machine       how much the machine has to do beside
"""
