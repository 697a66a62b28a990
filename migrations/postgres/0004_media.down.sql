DROP TABLE meeting_controllers;
DROP TABLE media_nodes;
