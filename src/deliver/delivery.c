#include "deliver/delivery.h"

#include <stddef.h>

int delivery_finish(struct delivery *delivery, struct err *err)
{
	return delivery->ops->finish != NULL ? delivery->ops->finish(delivery, err) : 0;
}

int delivery_commit(struct delivery *delivery, struct err *err)
{
	return delivery->ops->commit != NULL ? delivery->ops->commit(delivery, err) : 0;
}

void delivery_free(struct delivery *delivery)
{
	if (delivery != NULL)
		delivery->ops->free(delivery);
}
