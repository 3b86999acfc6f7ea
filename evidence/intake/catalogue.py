"""The catalogue's pictures: what a product looked like when it was sold."""

from aftersales.orders.models import OrderLine, Product

from .targets import Target


def target_of(line: OrderLine) -> Target:
    """Return where the catalogue pictures of an item with a SKU go; its product is made where this is the first one.

    Call it inside the organization.
    """
    return Target(None, Product.objects.get_or_create(sku=line.sku, defaults={"name": line.product})[0])
