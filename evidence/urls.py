"""Addresses of photos, by audience."""

from django.urls import path, register_converter

from .views import api as door
from .views import customer, intake, large, looking, store
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
    path("filing/<uuid:key>/photos/large/", large.draft_begin, name="large_begin"),
    path("filing/<uuid:key>/photos/large/<uuid:arrival>/", large.draft_arrival, name="large"),
    path("tickets/<str:number>/photos/large/", large.ticket_begin, name="ticket_large_begin"),
    path("tickets/<str:number>/photos/large/<uuid:arrival>/", large.ticket_arrival, name="ticket_large"),
    path("photos/<int:pk>/<copy:size>/", customer.photo, name="photo"),
]
desk = [
    path("evidence/<int:pk>/", looking.evidence, name="evidence"),
    path("evidence/<int:pk>/delete/", looking.evidence_delete, name="evidence_delete"),
    path("tickets/<str:number>/hold/", looking.evidence_hold, name="evidence_hold"),
    path("tickets/<str:number>/hold/release/", looking.evidence_release, name="evidence_release"),
    path("tickets/<str:number>/erase/", looking.evidence_erase, name="evidence_erase"),
    path("tickets/<str:number>/photos/add/", operator.photo_add, name="photo_add"),
    path("tickets/<str:number>/photos/large/", large.desk_begin, name="large_begin"),
    path("tickets/<str:number>/photos/large/<uuid:arrival>/", large.desk_arrival, name="large"),
    path("inspections/<int:pk>/photos/add/", operator.inspection_photo_add, name="inspection_photo_add"),
    path("shipments/<int:pk>/photos/add/", operator.shipment_photo_add, name="shipment_photo_add"),
    path("lines/<int:pk>/catalogue/add/", operator.catalogue_photo_add, name="catalogue_photo_add"),
    path("returns/<int:pk>/photos/add/", operator.return_photo_add, name="return_photo_add"),
    path("intake/", intake.lookup, name="intake"),
    path("intake/scan/", intake.scan, name="intake_scan"),
    path("intake/orders/<path:number>/", intake.order, name="intake_order"),
    path("intake/lines/<int:pk>/inspect/", intake.inspect, name="intake_inspect"),
    path("intake/inspections/<int:pk>/", intake.inspection, name="intake_inspection"),
    path("intake/shipments/<int:pk>/", intake.shipment, name="intake_shipment"),
    path("intake/lines/<int:pk>/catalogue/", intake.catalogue, name="intake_catalogue"),
    path("intake/bulk/", intake.bulk_page, name="intake_bulk"),
    path("intake/bulk/file/", intake.file, name="intake_file"),
    path("intake/bulk/<uuid:key>/", intake.batch, name="intake_batch"),
    path("photos/<int:pk>/original/", operator.photo_download, name="photo_download"),
    path("photos/<int:pk>/<copy:size>/", operator.photo, name="photo"),
]
settings = [
    path("evidence/", store.evidence_store, name="evidence"),
    path("evidence/verify/", store.verify_evidence, name="verify_evidence"),
]
partner = [
    path("tickets/<str:number>/photos/add/", maker.photo_add, name="photo_add"),
    path("tickets/<str:number>/photos/large/", large.partner_begin, name="large_begin"),
    path("tickets/<str:number>/photos/large/<uuid:arrival>/", large.partner_arrival, name="large"),
    path("photos/<int:pk>/<copy:size>/", maker.photo, name="photo"),
]
# An order's number may hold a slash.
api = [
    path("v1/orders/<path:number>/evidence/", door.evidence, name="evidence"),
    path("v1/catalogue/", door.catalogue, name="catalogue"),
]
