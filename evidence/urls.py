"""Addresses of photos, by audience."""

from django.urls import path, register_converter

from .views import customer
from .views import desk as operator
from .views import partner as maker


class CopyConverter:
    """The two copies of a photo that are shown."""

    regex = "thumb|display"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CopyConverter, "copy")

portal = [
    path("filing/<uuid:key>/photos/add/", customer.photo_add, name="photo_add"),
    path("filing/<uuid:key>/photos/remove/", customer.photo_remove, name="photo_remove"),
    path("tickets/<str:number>/photos/add/", customer.ticket_photo_add, name="ticket_photo_add"),
    path("photos/<int:pk>/<copy:size>/", customer.photo, name="photo"),
]
desk = [
    path("tickets/<str:number>/photos/add/", operator.photo_add, name="photo_add"),
    path("inspections/<int:pk>/photos/add/", operator.inspection_photo_add, name="inspection_photo_add"),
    path("shipments/<int:pk>/photos/add/", operator.shipment_photo_add, name="shipment_photo_add"),
    path("returns/<int:pk>/photos/add/", operator.return_photo_add, name="return_photo_add"),
    path("photos/<int:pk>/original/", operator.photo_download, name="photo_download"),
    path("photos/<int:pk>/<copy:size>/", operator.photo, name="photo"),
]
partner = [
    path("tickets/<str:number>/photos/add/", maker.photo_add, name="photo_add"),
    path("photos/<int:pk>/<copy:size>/", maker.photo, name="photo"),
]
