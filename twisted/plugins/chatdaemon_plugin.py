from twisted.application.service import ServiceMaker

chatdaemon = ServiceMaker(
    "chatdaemon", "chatdaemon.service", "A chat server: IRC and JSON clients in one realm.", "chatdaemon"
)
