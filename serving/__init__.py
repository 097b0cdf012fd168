"""The service: command line today; review page, interfaces, reports and exports follow."""
