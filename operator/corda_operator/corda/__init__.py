"""What Corda says, as bytes in and objects out: names, AMQP, certificates, node infos, maps. No I/O."""
